import { card } from '../card.js'

card('backup', async ({ uuid }, { show, say, onCancel }) => {
  const { run, watch } = TaskAPI
  const options = { onProgress: show, onMessage: say }
  const task = uuid ? watch(uuid, options) : run('backup', {}, options)
  onCancel(() => task.cancel())
  await task
})

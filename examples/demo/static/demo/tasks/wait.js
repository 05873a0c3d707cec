import { card } from '../card.js'

card('wait', async ({ seconds }, { show, onCancel }) => {
  const task = TaskAPI.run('wait', { seconds }, { onProgress: show })
  onCancel(() => task.cancel())
  await task
})

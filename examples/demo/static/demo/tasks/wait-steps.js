import { card } from '../card.js'

card('wait-steps', async ({ steps }, { show, onCancel }) => {
  const options = { onProgress: show }
  const task = TaskAPI.run('wait-steps', { steps }, options)
  onCancel(() => task.cancel())
  await task
})

import { card } from '../card.js'

card('crash', async (_inputs, { show }) => {
  await TaskAPI.run('crash', {}, { onProgress: show })
})

import { card } from '../card.js'

card('report', async ({ month }, { show, say, answer }) => {
  const options = { onProgress: show, onMessage: say }
  const { outputs } = await TaskAPI.run('report', { month }, options)
  answer(`${outputs.file} is ready.`)
})

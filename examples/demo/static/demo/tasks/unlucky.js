import { card } from '../card.js'

card('unlucky', async (_inputs, { show, say, answer }) => {
  const options = { onProgress: show, onMessage: say }
  const { attempt } = await TaskAPI.run('unlucky', {}, options)
  answer(`It took ${attempt} attempts.`)
})

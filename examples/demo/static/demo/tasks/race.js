import { card } from '../card.js'

card('race', async ({ runners }, { show, say, answer }) => {
  const inputs = { runners: runners.split(/, */) }
  const options = { onProgress: show, onMessage: say }
  const { outputs } = await TaskAPI.run('race', inputs, options)
  answer(`${outputs.winner} wins.`)
})

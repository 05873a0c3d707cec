import { card } from '../card.js'

card('sum', async ({ numbers }, { show, answer }) => {
  const inputs = { numbers: numbers.split(/, */) }
  const { outputs } = await TaskAPI.run('sum', inputs, { onProgress: show })
  answer(`The sum is ${outputs.sum}.`)
})

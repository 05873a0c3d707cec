import { card } from '../card.js'

card('count-words', async ({ text }, { show, answer }) => {
  const options = { onProgress: show }
  const task = await TaskAPI.run('count-words', { text }, options)
  const { words, different, favourite } = task.outputs
  answer(`${words} words, ${different} different, most often “${favourite}”.`)
})

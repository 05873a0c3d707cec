import { card } from '../card.js'

card('import-csv', async ({ text }, { show, answer }) => {
  const options = { onProgress: show }
  const { outputs } = await TaskAPI.run('import-csv', { text }, options)
  answer(`${outputs.rows} rows imported.`)
})

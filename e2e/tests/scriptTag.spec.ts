import { expect, test } from '../fixtures.ts'

const embedded = { tag: '@embedded' }

test('wait shows its progress to the end', embedded, async ({ openCard }) => {
  const card = await openCard('Progress')
  await card.expectState('Ready')
  const progress = await card.recordProgress()
  await card.root.getByLabel('Seconds').fill('3')
  await card.run()
  await card.expectState('Running')
  await expect(card.runButton).toHaveAttribute('aria-disabled', 'true')

  await card.expectState('Succeeded')
  await expect(card.bar).toHaveAttribute('aria-valuenow', '100')
  await expect(card.root.getByText('3 of 3 · 100 %')).toBeVisible()
  await expect(card.runButton).toHaveAttribute('aria-disabled', 'false')
  const values = await progress()
  expect(values).toEqual(values.toSorted((a, b) => a - b))
  expect(values.filter(value => value > 0 && value < 100).length).toBeGreaterThan(0)
  expect(values.at(-1)).toBe(100)

  expect(await card.snapshot()).toMatchObject({
    task: 'wait',
    status: 'succeeded',
    inputs: { seconds: 3 },
    progress: 3,
    target: 3,
    attempt: 1,
    error: null,
  })
})

test('sum shows its answer', embedded, async ({ openCard }) => {
  const card = await openCard('Checked inputs')
  await card.root.getByLabel('Numbers').fill('1, 2.5, -4')
  await card.run()
  await expect(card.outcome).toHaveText('The sum is -0.5.')
  await card.expectState('Succeeded')
  expect(await card.snapshot()).toMatchObject({ outputs: { sum: -0.5 } })
})

test.describe('with inputs that the server refuses', embedded, () => {
  test.use({ expectedErrors: [/status of 400/] })

  test('the error stands beside the input, which gets the focus', async ({ openCard }) => {
    const card = await openCard('Checked inputs')
    const input = card.root.getByLabel('Numbers')
    await input.fill('1, two, 3')
    await card.run()
    await card.expectState('Not started')
    await expect(input).toHaveAttribute('aria-invalid', 'true')
    await expect(input).toHaveAccessibleDescription(/two/)
    await expect(input).toBeFocused()
    await expect(card.json).toBeHidden()

    await input.fill('1, 2, 3')
    await card.run()
    await expect(card.outcome).toHaveText('The sum is 6.')
    await expect(input).toHaveAttribute('aria-invalid', 'false')
    await expect(input).toHaveAccessibleDescription('')
  })
})

test('a failed task shows what it said, and succeeds with a better file', embedded, async ({ openCard }) => {
  const card = await openCard('Failing with a message')
  await card.run()
  await card.expectState('Failed')
  await expect(card.outcome).toHaveText('The file has no header row.')
  expect(await card.snapshot()).toMatchObject({
    status: 'failed',
    error: { code: 'bad_csv', message: 'The file has no header row.' },
  })

  const file = card.root.getByLabel('File')
  await file.fill(`name,email\n${await file.inputValue()}`)
  await card.run()
  await expect(card.outcome).toHaveText('3 rows imported.')
  await card.expectState('Succeeded')
})

test('a crash shows a plain sentence and nothing of the exception', embedded, async ({ openCard }) => {
  const card = await openCard('Crashing')
  await card.run()
  await card.expectState('Failed')
  await expect(card.outcome).toHaveText(/\w{3,}.*\.$/)
  const secrets = /Traceback|KeyError|secret/
  await expect(card.live).not.toContainText(secrets)
  const snapshot = await card.snapshot()
  expect(snapshot).toMatchObject({ status: 'failed', error: { code: 'error' } })
  expect(JSON.stringify(snapshot)).not.toMatch(secrets)
})

test('a page sees the end of a task whose worker is killed', async ({ openCard }) => {
  const card = await openCard('A killed worker')
  await card.run()
  await expect(card.messages).toHaveText(['This process is about to be killed.', 'Another process went on.'])
  await card.expectState('Succeeded')
  await expect(card.outcome).toHaveText('It took 2 attempts.')
  expect(await card.snapshot()).toMatchObject({
    attempts: [
      { number: 1, error: { code: 'lost' } },
      { number: 2, error: null },
    ],
  })
})

test('a process that serves the page as well is not killed', embedded, async ({ openCard, baseURL }) => {
  test.skip(baseURL === process.env.STACK_URL, 'There the worker is a process of its own.')
  const card = await openCard('A killed worker')
  await card.run()
  await card.expectState('Failed')
  await expect(card.outcome).toHaveText(/serves the page, too/)
})

test('a running task is cancelled and cleans up', embedded, async ({ openCard }) => {
  const card = await openCard('Cancelling')
  await expect(card.cancelButton).toHaveAttribute('aria-disabled', 'true')
  await card.run()
  await expect(card.bar).toHaveAttribute('aria-valuenow', /[1-9]/)
  await card.cancelButton.click()
  await card.expectState('Cancelled')
  await expect(card.messages).toHaveText(['Temporary files removed.'])
  await expect(card.cancelButton).toHaveAttribute('aria-disabled', 'true')
  const snapshot = await card.snapshot()
  expect(snapshot).toMatchObject({ status: 'cancelled', cancel_requested: true, error: null, outputs: {} })
  expect(snapshot.finished).not.toBeNull()
})

test('after a reload the page watches its task again', async ({ page, openCard }) => {
  const card = await openCard('Cancelling')
  await card.run()
  await card.expectState('Running')
  const { uuid } = await card.snapshot()
  await page.reload()
  await card.expectState('Running')
  expect(await card.snapshot()).toMatchObject({ uuid })
  await card.cancelButton.click()
  await card.expectState('Cancelled')
  await page.reload()
  await card.expectState('Ready')
})

test('messages arrive in their order, each once', embedded, async ({ openCard }) => {
  const card = await openCard('Messages')
  await card.run()
  await expect(card.messages.first()).toHaveText('Reading the orders …')
  await card.expectState('Succeeded')
  await expect(card.messages).toHaveText(['Reading the orders …', 'Drawing the chart …', 'Writing the PDF …'])
  await expect(card.outcome).toHaveText('report-january.pdf is ready.')
})

test('a task with several outputs gives each by its name', async ({ openCard }) => {
  const card = await openCard('Several outputs')
  await card.run()
  await expect(card.outcome).toHaveText('10 words, 6 different, most often “the”.')
})

test('an async task runs its coroutines at the same time', async ({ openCard }) => {
  const card = await openCard('Async')
  await card.run()
  await card.expectState('Succeeded')
  await expect(card.messages).toHaveCount(4)
  const first = (await card.messages.first().textContent())?.replace(' arrives.', '')
  await expect(card.outcome).toHaveText(`${first} wins.`)
})

test('everything works by keyboard', async ({ page, openCard }) => {
  const card = await openCard('Progress')
  await page.keyboard.press('Tab')
  await expect(page.getByRole('link', { name: 'Skip to the content' })).toBeFocused()
  await page.keyboard.press('Enter')
  await page.keyboard.press('Tab')
  const seconds = card.root.getByLabel('Seconds')
  await expect(seconds).toBeFocused()
  await page.keyboard.press('ControlOrMeta+A')
  await page.keyboard.type('30')
  await page.keyboard.press('Enter')
  await card.expectState('Running')
  await expect(seconds).toBeFocused()

  await page.keyboard.press('Tab')
  await expect(card.runButton).toBeFocused()
  await page.keyboard.press('Tab')
  await expect(card.cancelButton).toBeFocused()
  await expect(card.cancelButton).toHaveCSS('outline-style', 'solid')
  await page.keyboard.press('Space')
  await card.expectState('Cancelled')
  await expect(card.cancelButton).toBeFocused()
})

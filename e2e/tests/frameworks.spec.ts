import type { Page } from '@playwright/test'
import { Card } from '../card.ts'
import { Connection } from '../connection.ts'
import { finishEveryRun } from '../everyRun.ts'
import { countOpenRequests } from '../openRequests.ts'
import { logIn } from '../session.ts'
import { expect, test } from '../streamed.ts'

const embedded = { tag: '@embedded' }

/** The row of a task in the page's list. */
const findRow = (page: Page, uuid: unknown) => page.locator(`[data-uuid="${uuid}"]`)

for (const path of ['/react/', '/vue/']) {
  test.describe(path, () => {
    test('every run finishes, and leaves no request open', embedded, async ({ page }) => {
      const countOpen = countOpenRequests(page)
      await page.goto(path)
      const connection = new Connection(page)
      await connection.expect('Idle')
      const states = await connection.record()
      await finishEveryRun(page)
      await connection.expect('Idle')
      expect(new Set(await states())).toEqual(new Set(['connecting', 'live', 'idle']))
      await expect.poll(countOpen).toBe(0)
    })

    test('the bar moves with every beat of the pulse, and between two', async ({ page }) => {
      await page.goto(path)
      const card = new Card(page, 'Smooth progress')
      await card.root.getByLabel('Steps').fill('100')
      const [progress, ends] = [await card.recordProgress(), await card.recordDrawnEnds()]
      await card.run()
      await card.expectState('Succeeded')
      const values = await progress()
      expect(values).toEqual(values.toSorted((a, b) => a - b))
      expect(values.at(-1)).toBe(100)
      expect(values.length).toBeGreaterThanOrEqual(20)
      expect((await ends()).length).toBeGreaterThan(values.length * 1.5)
    })

    test('inputs that cannot be sent are an error on the page alone', async ({ page }) => {
      await page.goto(path)
      const card = new Card(page, 'Checked inputs')
      await card.root.getByLabel('Numbers').fill('1, two')
      await card.run()
      await card.expectState('Not started')
      await expect(card.outcome).toHaveText(/"sum".*NaN/)
      await card.root.getByLabel('Numbers').fill('1, 2')
      await card.run()
      await expect(card.outcome).toHaveText('The sum is 3.')
    })

    test.describe('inputs that the server refuses', () => {
      test.use({ expectedErrors: [/status of 400/] })

      test('are an error on the page', async ({ page }) => {
        await page.goto(path)
        const card = new Card(page, 'Smooth progress')
        await card.root.getByLabel('Steps').fill('20000')
        await card.run()
        await card.expectState('Not started')
        await expect(card.outcome).toContainText('10000')
        await expect(card.runButton).toHaveAttribute('aria-disabled', 'false')
      })
    })

    test('a failed task shows what it said, and succeeds with a better file', async ({ page }) => {
      await page.goto(path)
      const card = new Card(page, 'Failing with a message')
      await card.run()
      await card.expectState('Failed')
      await expect(card.outcome).toHaveText('The file has no header row.')
      const file = card.root.getByLabel('File')
      await file.fill(`name,email\n${await file.inputValue()}`)
      await card.run()
      await expect(card.outcome).toHaveText('3 rows imported.')
    })

    test('after a reload in the middle the task is seen to its end', embedded, async ({ page }) => {
      await page.goto(path)
      const card = new Card(page, 'Messages')
      await card.run()
      await expect(card.messages.first()).toHaveText('Reading the orders …')
      await card.expectState('Running')
      await page.reload()
      await expect(card.outcome).toHaveText('report-january.pdf is ready.')
      await card.expectState('Succeeded')
      await expect(card.messages).toHaveCount(3)
      // It is over, so that there is nothing to take up.
      await page.reload()
      await card.expectState('Ready')
    })

    test('after a reload the task can be cancelled', async ({ page, relay }) => {
      await page.goto(relay.url + path)
      const card = new Card(page, 'Cancelling')
      await card.run()
      await expect(card.bar).toHaveAttribute('aria-valuenow', /[1-9]/)
      const { uuid } = await card.snapshot()
      await page.reload()
      await card.expectState('Running')
      await expect.poll(() => relay.openStreams).toBe(1)
      expect(await card.snapshot()).toMatchObject({ uuid })
      await card.cancelButton.click()
      await card.expectState('Cancelled')
      await expect(card.messages).toHaveText(['Temporary files removed.'])
      await expect.poll(() => relay.openStreams).toBe(0)
    })

    test('two tabs show one task, and either may cancel it', async ({ page, context }) => {
      await logIn(page, 'demo')
      await page.goto(path)
      const card = new Card(page, 'Cancelling')
      const other = await context.newPage()
      await other.goto(path)
      await expect(other.locator('.note')).not.toHaveText('Loading …')

      await card.run()
      await card.expectState('Running')
      const { uuid } = await card.snapshot()
      // In the lists of both, without being asked for.
      for (const tab of [page, other]) await expect(findRow(tab, uuid)).toContainText('Running')
      await expect(findRow(other, uuid)).toContainText(/[1-9]\d* %/)
      await findRow(other, uuid).getByRole('button', { name: 'Cancel backup' }).click()
      await card.expectState('Cancelled')
      for (const tab of [page, other]) await expect(findRow(tab, uuid)).toContainText('Cancelled')
    })

    test('the list of own tasks goes on by itself', async ({ page, relay }) => {
      await logIn(page, 'demo')
      await page.goto(relay.url + path)
      const card = new Card(page, 'Smooth progress')
      await card.root.getByLabel('Steps').fill('60')
      await card.run()
      const { uuid } = await card.snapshot()
      const row = findRow(page, uuid)
      await expect(row).toContainText('Running')
      await expect(row).toContainText(/[1-9]\d? %/)
      // The card and the list watch the same task by one stream.
      expect(relay.openStreams).toBe(1)
      await expect(row).toContainText('Succeeded')
      await expect.poll(() => relay.openStreams).toBe(0)
    })

    test('a task is retried from the list', async ({ page }) => {
      await logIn(page, 'demo')
      await page.goto(path)
      const crash = new Card(page, 'Crashing')
      await crash.run()
      await crash.expectState('Failed')
      const failed = findRow(page, (await crash.snapshot()).uuid)
      await expect(failed).toContainText('Failed')
      await failed.getByRole('button', { name: 'Retry crash' }).click()
      await expect.poll(async () => (await crash.snapshot()).attempt).toBe(2)
    })

    test('a slow network delays what is shown, and loses nothing', async ({ page, context }) => {
      await page.goto(path)
      const session = await context.newCDPSession(page)
      await session.send('Network.enable')
      await session.send('Network.emulateNetworkConditions', {
        offline: false,
        latency: 400,
        downloadThroughput: 6_000,
        uploadThroughput: 6_000,
      })
      await finishEveryRun(page)
      await new Connection(page).expect('Idle')
    })

    test.describe('offline', () => {
      test.use({ expectedErrors: [/ERR_INTERNET_DISCONNECTED|ERR_INCOMPLETE_CHUNKED_ENCODING/] })

      test('the page says so, and goes on when it is online again', async ({ page, context, relay }) => {
        await page.goto(relay.url + path)
        const [card, connection] = [new Card(page, 'Cancelling'), new Connection(page)]
        await card.run()
        await connection.expect('Live')
        await card.expectState('Running')
        // Chromium's own emulation leaves alone what is under way.
        await context.setOffline(true)
        relay.breakConnections()
        await connection.expect('Offline')
        await card.expectState('Running')
        await context.setOffline(false)
        await connection.expect('Live')
        const progress = await card.recordProgress()
        await expect.poll(async () => (await progress()).length).toBeGreaterThanOrEqual(2)
        await card.cancelButton.click()
        await card.expectState('Cancelled')
      })
    })
  })
}

test('the page in the other framework takes a task up', async ({ page }) => {
  await page.goto('/react/')
  const card = new Card(page, 'Cancelling')
  await card.run()
  await card.expectState('Running')
  const { uuid } = await card.snapshot()
  await page.getByRole('link', { name: 'Vue' }).click()
  await expect(page.getByRole('heading', { name: 'Typed tasks in Vue' })).toBeVisible()
  await card.expectState('Running')
  expect(await card.snapshot()).toMatchObject({ uuid })
  await card.cancelButton.click()
  await card.expectState('Cancelled')
})

import { Card } from '../card.ts'
import { Connection } from '../connection.ts'
import { logIn } from '../session.ts'
import { expect, test } from '../streamed.ts'
import { Tabs } from '../tabs.ts'

test('eight tabs work at once, though a server has six connections', async ({ context, relay }) => {
  const tabs = new Tabs(context)
  const pages = []
  for (let i = 0; i < 8; i++) {
    const page = await tabs.open(relay.url)
    const card = new Card(page, 'Cancelling')
    await card.run()
    await card.expectState('Running')
    pages.push(page)
  }
  await expect.poll(() => relay.openStreams).toBe(1)
  for (const page of pages) {
    await tabs.show(page)
    const card = new Card(page, 'Cancelling')
    await card.cancelButton.click()
    await card.expectState('Cancelled')
    await expect(card.messages).toHaveText(['Temporary files removed.'])
  }
  await expect.poll(() => relay.openStreams).toBe(0)
})

test('a hidden tab lets its stream go, and its promise resolves all the same', async ({
  page,
  context,
  relay,
}) => {
  const tabs = new Tabs(context)
  await page.clock.install()
  await tabs.take(page)
  await page.goto(relay.url)
  const [card, connection] = [new Card(page, 'Smooth progress'), new Connection(page)]
  await card.root.getByLabel('Steps').fill('100')
  await card.run()
  await connection.expect('Live')
  expect(relay.openStreams).toBe(1)

  await tabs.hide()
  await page.clock.fastForward('00:05')
  await connection.expect('Polling')
  expect(relay.openStreams).toBe(0)
  await expect.poll(async () => (await card.snapshot()).status).toBe('succeeded')
  await card.expectState('Running')
  await page.clock.fastForward('00:30')
  await card.expectState('Succeeded')
  expect(relay.streams).toHaveLength(1)
})

test('a hidden tab catches up when it is seen again', async ({ page, context, relay }) => {
  const tabs = new Tabs(context)
  await page.clock.install()
  await tabs.take(page)
  await page.goto(relay.url)
  const [card, connection] = [new Card(page, 'Cancelling'), new Connection(page)]
  await card.run()
  await connection.expect('Live')
  await tabs.hide()
  await page.clock.fastForward('00:05')
  await connection.expect('Polling')

  // As from another tab.
  const { uuid } = await card.snapshot()
  await page.request.post(`/tasks/${uuid}/cancel/`, { data: {} })
  await expect.poll(async () => (await card.snapshot()).status).toBe('cancelled')
  await card.expectState('Running')
  await tabs.show(page)
  await card.expectState('Cancelled')
  await expect(card.messages).toHaveText(['Temporary files removed.'])
})

test('two tabs follow the same task', async ({ page, context }) => {
  await logIn(page, 'demo')
  const card = new Card(page, 'Smooth progress')
  await card.root.getByLabel('Steps').fill('120')
  await card.run()
  await card.expectState('Running')
  const { uuid } = await card.snapshot()
  const other = await context.newPage()
  await other.goto('/my-tasks/')
  const row = other.locator(`[data-uuid="${uuid}"]`)
  await expect(row).toContainText('Running')
  await new Connection(other).expect('Live')
  await expect(row).toContainText('Succeeded')
  await card.expectState('Succeeded')
})

import { Card } from '../card.ts'
import { Connection } from '../connection.ts'
import { finishEveryRun } from '../everyRun.ts'
import { expect, test } from '../streamed.ts'

// The browser's own line for the answer that there are no streams.
test.use({ baseURL: process.env.WSGI_URL, expectedErrors: [/status of 406/] })

test('every run finishes, by polls', async ({ page, relay }) => {
  await page.goto(relay.url)
  const connection = new Connection(page)
  const states = await connection.record()
  await finishEveryRun(page)
  expect(await states()).toContain('polling')
  expect(await states()).not.toContain('live')
  expect(relay.streams).toHaveLength(1)
})

test('tasks watched at the same time share one request a tick', async ({ page, relay }) => {
  await page.goto(relay.url)
  const cards = ['Progress', 'Cancelling'].map(title => new Card(page, title))
  // Far longer than the test takes, so that both are there to its end.
  await page.getByLabel('Seconds').fill('60')
  for (const card of cards) {
    await card.run()
    await card.expectState('Running')
  }
  const uuids = await Promise.all(cards.map(async card => String((await card.snapshot()).uuid)))
  const before = relay.requests.length
  await expect.poll(() => relay.requests.length).toBeGreaterThanOrEqual(before + 3)
  for (const request of relay.requests.slice(before)) {
    expect(request).toMatch(/^GET \/tasks\/\?uuid=/)
    for (const uuid of uuids) expect(request).toContain(uuid)
  }
  for (const card of cards) {
    await card.cancelButton.click()
    await card.expectState('Cancelled')
  }
})

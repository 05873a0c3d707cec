import { Card } from '../card.ts'
import { expect, test } from '../fixtures.ts'

test('tasks watched at the same time share one request a tick', async ({ page }) => {
  await page.goto('/')
  const cards = ['Progress', 'Cancelling'].map(title => new Card(page, title))
  // Far longer than the test takes, so that both are there to its end.
  await page.getByLabel('Seconds').fill('60')
  for (const card of cards) {
    await card.run()
    await card.expectState('Running')
  }
  const uuids = await Promise.all(cards.map(async card => String((await card.snapshot()).uuid)))
  const asked: string[] = []
  page.on('request', request => {
    const { pathname, search } = new URL(request.url())
    if (pathname.startsWith('/tasks/')) asked.push(request.method() + pathname + decodeURIComponent(search))
  })
  await expect.poll(() => asked.length).toBeGreaterThanOrEqual(3)
  for (const request of asked) {
    expect(request).toMatch(/^GET\/tasks\/\?uuid=/)
    for (const uuid of uuids) expect(request).toContain(uuid)
  }
  for (const card of cards) {
    await card.cancelButton.click()
    await card.expectState('Cancelled')
  }
})

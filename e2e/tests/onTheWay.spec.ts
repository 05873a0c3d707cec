import { Card } from '../card.ts'
import { Connection } from '../connection.ts'
import { finishEveryRun } from '../everyRun.ts'
import { type Nginx, startNginx } from '../nginx.ts'
import { expect, test } from '../streamed.ts'

test.describe('nginx that keeps everything back', () => {
  let nginx: Nginx
  test.beforeAll(async ({ baseURL }) => {
    nginx = await startNginx(baseURL ?? '', '--buffering')
  })
  test.afterAll(() => nginx.stop())

  test('every run finishes, by polls', async ({ page }) => {
    const asked: string[] = []
    page.on('request', request => asked.push(new URL(request.url()).pathname))
    await page.goto(nginx.url)
    const states = await new Connection(page).record()
    // Longer than the page waits for a first byte.
    await finishEveryRun(page, 160)
    expect(await states()).toContain('polling')
    // Seconds of silence say enough; nothing was live, and none is tried again soon.
    expect(await states()).not.toContain('live')
    expect(asked.filter(path => path === '/tasks/events/').length).toBeLessThanOrEqual(2)
  })
})

test.describe('nginx as it comes', () => {
  let nginx: Nginx
  test.beforeAll(async ({ baseURL }) => {
    nginx = await startNginx(baseURL ?? '')
  })
  test.afterAll(() => nginx.stop())

  test('tasks are followed live', async ({ page }) => {
    await page.goto(nginx.url)
    const connection = new Connection(page)
    const states = await connection.record()
    const card = new Card(page, 'Smooth progress')
    await card.root.getByLabel('Steps').fill('100')
    const progress = await card.recordProgress()
    await card.run()
    await card.expectState('Succeeded')
    await connection.expect('Idle')
    expect(await states()).toEqual(['connecting', 'live', 'idle'])
    // As without nginx.
    expect((await progress()).length).toBeGreaterThanOrEqual(20)
  })
})

test.describe('a proxy that ends each stream after two seconds', () => {
  test.use({ dropStreamsAfter: 2000, expectedErrors: [/ERR_INCOMPLETE_CHUNKED_ENCODING/] })

  test('every run finishes', async ({ page, relay }) => {
    await page.goto(relay.url)
    const connection = new Connection(page)
    const states = await connection.record()
    await finishEveryRun(page, 100)
    await connection.expect('Idle')
    // Live more than once: a stream was lost.
    expect((await states()).filter(state => state === 'live').length).toBeGreaterThanOrEqual(2)
    expect(relay.mostOpenStreams).toBeLessThanOrEqual(2)
  })

  test('it is not asked for a fourth', async ({ page, relay }) => {
    await page.goto(relay.url)
    const loaded = relay.connections
    const card = new Card(page, 'Cancelling')
    await card.run()
    await new Connection(page).expect('Polling')
    const polls = () => relay.requests.filter(each => each.startsWith('GET /tasks/?uuid='))
    const before = polls().length
    await expect.poll(() => polls().length).toBeGreaterThanOrEqual(before + 3)
    expect(relay.streams).toHaveLength(3)
    // Each dropped stream took its connection with it; the rest share one.
    expect(relay.connections - loaded).toBeLessThanOrEqual(3)
    await card.cancelButton.click()
    await card.expectState('Cancelled')
  })
})

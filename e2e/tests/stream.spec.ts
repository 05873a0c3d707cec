import type { APIResponse } from '@playwright/test'
import { Card } from '../card.ts'
import { Connection } from '../connection.ts'
import { finishEveryRun } from '../everyRun.ts'
import { expect, test } from '../streamed.ts'

const embedded = { tag: '@embedded' }

interface TaskApi {
  run(name: string, inputs: object): Promise<{ status: string }>
  watch(uuid: string): Promise<{ status: string }>
}

declare const TaskAPI: TaskApi

test('every run finishes, followed by a stream', embedded, async ({ page }) => {
  await page.goto('/')
  const connection = new Connection(page)
  await connection.expect('Idle')
  const states = await connection.record()
  await finishEveryRun(page)
  await connection.expect('Idle')
  expect(new Set(await states())).toEqual(new Set(['connecting', 'live', 'idle']))
})

test('the bar moves with every beat of the pulse, and between two', embedded, async ({ openCard }) => {
  const card = await openCard('Smooth progress')
  // Fifty milliseconds each.
  await card.root.getByLabel('Steps').fill('100')
  const [progress, ends] = [await card.recordProgress(), await card.recordDrawnEnds()]
  await card.run()
  await card.expectState('Succeeded')
  const values = await progress()
  expect(values).toEqual(values.toSorted((a, b) => a - b))
  expect(values.at(-1)).toBe(100)
  // Fifty beats, were nobody else on the machine; a poll a second would see five.
  expect(values.length).toBeGreaterThanOrEqual(20)
  expect((await ends()).length).toBeGreaterThan(values.length * 1.5)
})

test('thirty watched tasks share one stream', async ({ page, relay }) => {
  await page.goto(relay.url)
  const each = <T>(items: T[], action: (item: T) => Promise<APIResponse>) => Promise.all(items.map(action))
  const start = { task: 'wait-steps', inputs: { steps: 600 } }
  const started = await each(Array(30).fill(start), data => page.request.post('/tasks/', { data }))
  const uuids = await Promise.all(started.map(async answer => String((await answer.json()).uuid)))
  const outcomes = await page.evaluateHandle(uuids => {
    const statusOf = (task: { status: string }) => task.status
    return { all: Promise.all(uuids.map(uuid => TaskAPI.watch(uuid).then(statusOf, statusOf))) }
  }, uuids)
  await new Connection(page).expect('Live')
  await each(uuids, uuid => page.request.post(`/tasks/${uuid}/cancel/`, { data: {} }))
  expect(await outcomes.evaluate(({ all }) => all)).toEqual(uuids.map(() => 'cancelled'))
  expect(relay.streams).toHaveLength(1)
  for (const uuid of uuids) expect(relay.streams[0]).toContain(uuid)
})

test('thirty runs started by one page share one stream', async ({ page, relay }) => {
  await page.goto(relay.url)
  const ends = await page.evaluate(() =>
    Promise.all(Array.from({ length: 30 }, () => TaskAPI.run('wait-steps', { steps: 20 }))),
  )
  expect(ends.map(({ status }) => status)).toEqual(ends.map(() => 'succeeded'))
  // The next one is open before the one that it replaces is closed.
  expect(relay.mostOpenStreams).toBeLessThanOrEqual(2)
  expect(relay.requests.filter(each => each.startsWith('POST'))).toHaveLength(30)
  // The answers to the starts come one by one; who comes while a stream is opened waits for the next.
  expect(relay.streams.length).toBeLessThanOrEqual(10)
})

test('tasks started one after the other share a stream, which asks for nothing more', async ({
  page,
  relay,
}) => {
  await page.goto(relay.url)
  const cards = ['Progress', 'Cancelling'].map(title => new Card(page, title))
  // Far longer than the test takes, so that both are there to its end.
  await page.getByLabel('Seconds').fill('60')
  const uuids = []
  for (const card of cards) {
    await card.run()
    await card.expectState('Running')
    uuids.push(String((await card.snapshot()).uuid))
  }
  await expect.poll(() => relay.openStreams).toBe(1)
  for (const uuid of uuids) expect(relay.streams.at(-1)).toContain(uuid)

  const asked = relay.requests.length
  const progress = await Promise.all(cards.map(card => card.recordProgress()))
  for (const read of progress) await expect.poll(async () => (await read()).length).toBeGreaterThanOrEqual(2)
  expect(relay.requests.slice(asked)).toEqual([])
  for (const card of cards) {
    await card.cancelButton.click()
    await card.expectState('Cancelled')
  }
  await expect.poll(() => relay.openStreams).toBe(0)
})

test('a reload in the middle goes on with a stream of its own', async ({ page, relay }) => {
  await page.goto(relay.url)
  const [card, connection] = [new Card(page, 'Cancelling'), new Connection(page)]
  await card.run()
  await expect(card.bar).toHaveAttribute('aria-valuenow', /[1-9]/)
  await page.reload()
  await connection.expect('Live')
  await expect.poll(() => relay.openStreams).toBe(1)
  const progress = await card.recordProgress()
  await expect.poll(async () => (await progress()).length).toBeGreaterThanOrEqual(2)
  await card.cancelButton.click()
  await expect(card.messages).toHaveText(['Temporary files removed.'])
  await connection.expect('Idle')
})

test.describe('offline', () => {
  test.use({ expectedErrors: [/ERR_INTERNET_DISCONNECTED|ERR_INCOMPLETE_CHUNKED_ENCODING/] })

  test('the page says so, and goes on when it is online again', async ({ page, context, relay }) => {
    await page.goto(relay.url)
    const [card, connection] = [new Card(page, 'Cancelling'), new Connection(page)]
    await card.run()
    await connection.expect('Live')
    // Chromium's own emulation leaves alone what is under way.
    await context.setOffline(true)
    relay.breakConnections()
    await connection.expect('Offline')
    await context.setOffline(false)
    await connection.expect('Live')
    const progress = await card.recordProgress()
    await expect.poll(async () => (await progress()).length).toBeGreaterThanOrEqual(2)
    await card.cancelButton.click()
    await card.expectState('Cancelled')
  })
})

import type { ServerResponse } from 'node:http'
import { expect, test } from 'vitest'
import type { TaskClient } from '../src/client'
import { useHarness } from './harness'
import { html, isStream, json } from './taskServer'

// Whatever a server does to its streams, `auto` finishes every run, and with few requests.
const h = useHarness()

const total = 30

/** Starts thirty tasks, lets one after the other succeed, and passes the client's waits until all have. */
async function runAll(client: TaskClient, onTurn: () => void = () => {}): Promise<number> {
  const handles = Array.from({ length: total }, (_, i) => client.run('sum', { numbers: [i] }))
  const results = Promise.all(handles)
  await h.until(() => handles.every(({ uuid }) => uuid))
  const isDone = () => handles.every(handle => handle.getSnapshot()?.status === 'succeeded')
  let turns = 0
  while (!isDone()) {
    const next = handles[turns++]
    if (next) h.server.succeed(next.uuid as string)
    await h.settle()
    onTurn()
    await h.settle()
    // Where there is no stream, the limit for the first bytes of one is a wait too.
    const waits = h.clock.timers.filter(({ isLimit }) => !isLimit || !h.server.streams.length)
    const [first] = waits.map(({ at }) => at).sort((a, b) => a - b)
    if (first && !isDone()) h.clock.pass(first - h.clock.now)
  }
  await results
  await h.settle()
  expect([h.clock.timers, h.server.streams, client.connection.getSnapshot()]).toEqual([[], [], 'idle'])
  return turns
}

test('where streams work, thirty runs have one stream at a time, and no polls', async () => {
  let most = 0
  await runAll(h.createClient({ transport: 'auto' }), () => {
    most = Math.max(most, h.server.streams.length)
  })
  expect(most).toBe(1)
  expect(h.server.polls).toEqual([])
  expect(h.server.streamRequests.length).toBeLessThanOrEqual(2)
})

test.each<[string, (response: ServerResponse) => unknown]>([
  ['says 406, as WSGI does', response => json(response, 406, { detail: 'Poll instead.' })],
  ['says 501', response => response.writeHead(501).end()],
  ['answers with a page', response => html(response, 200)],
  ['answers nothing at all', () => {}],
  [
    'keeps the bytes back',
    response => response.writeHead(200, { 'Content-Type': 'text/event-stream' }).flushHeaders(),
  ],
])('where the server %s, thirty runs cost one try of a stream, and one poll a second', async (_, refuse) => {
  h.server.fault = (request, response) => (isStream(request) ? void refuse(response) : true)
  const start = h.clock.now
  await runAll(h.createClient({ transport: 'auto' }))
  const seconds = (h.clock.now - start) / 1000
  expect(h.server.posts).toHaveLength(total)
  expect(h.server.streamRequests.length).toBeLessThanOrEqual(2)
  expect(h.server.polls.length).toBeLessThanOrEqual(seconds + 3)
})

test('where the server drops each stream after two seconds, thirty runs cost few of them, and one poll a second', async () => {
  const start = h.clock.now
  await runAll(h.createClient({ transport: 'auto' }), () => {
    if (!h.server.streams.length) return
    h.clock.pass(2000)
    for (const stream of h.server.streams) stream.cut()
  })
  const seconds = (h.clock.now - start) / 1000
  expect(h.server.streamRequests.length).toBeLessThanOrEqual(5)
  expect(h.server.polls.length).toBeLessThanOrEqual(seconds + 3)
})

test('a server that comes back has one request of a client at a time, further and further apart', async () => {
  const client = h.createClient({ transport: 'auto' })
  client.options.giveUpAfter = 600000
  const { uuid } = h.server.add()
  const result = client.watch(uuid).then(({ status }) => status)
  await h.until(() => client.connection.getSnapshot() === 'live')
  h.clock.pass(5000)
  let count = 0
  h.server.fault = (_request, response) => {
    count++
    response.destroy()
  }
  for (const stream of h.server.streams) stream.drop()
  const start = h.clock.now
  while (h.clock.now - start < 300000) {
    await h.until(() => h.waits().length)
    await h.passWait()
    await h.settle()
  }
  // A stream and a poll at each try: the waits double up to 30 seconds, of which half is waited on average.
  expect(count).toBeLessThanOrEqual(100)
  h.server.fault = undefined
  h.server.succeed(uuid)
  await h.passWait()
  expect(await result).toBe('succeeded')
})

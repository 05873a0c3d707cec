import type { ServerResponse } from 'node:http'
import { beforeEach, expect, test } from 'vitest'
import type { TaskHandle } from '../src/handle'
import { useHarness } from './harness'
import { html, isStream, json, type TaskStream } from './taskServer'

const h = useHarness()

beforeEach(() => {
  h.client = h.createClient({ transport: 'auto' })
})

const stream = () => h.server.streams[0] as TaskStream
const state = () => h.client.connection.getSnapshot()

function onStreams(fault: ((response: ServerResponse) => unknown) | undefined) {
  h.server.fault = fault && ((request, response) => (isStream(request) ? void fault(response) : true))
}

function watchOne(): TaskHandle {
  const handle = h.client.watch(h.server.add().uuid)
  handle.subscribe(() => {})
  return handle
}

async function finishByPoll(handle: TaskHandle): Promise<void> {
  h.server.succeed(handle.uuid as string)
  await h.passWait()
  expect((await handle).status).toBe('succeeded')
  await h.settle()
  expect(state()).toBe('idle')
  expect(h.clock.timers).toEqual([])
}

test('it streams where it can', async () => {
  const handle = watchOne()
  await h.until(() => handle.getSnapshot() && state() === 'live')
  h.server.succeed(handle.uuid as string)
  expect((await handle).status).toBe('succeeded')
  expect(h.server.polls).toHaveLength(1)
})

test.each([
  ['a WSGI server says 406', (response: ServerResponse) => json(response, 406, { detail: 'WSGI.' })],
  [
    'there are too many streams',
    (response: ServerResponse) => json(response, 429, {}, { 'Retry-After': '15' }),
  ],
  ['the address is not there', (response: ServerResponse) => html(response, 404)],
  ['a page comes instead', (response: ServerResponse) => html(response, 200)],
  ['a list comes instead', (response: ServerResponse) => json(response, 200, { results: [] })],
  [
    'it has no bytes',
    (response: ServerResponse) => response.writeHead(200, { 'Content-Type': 'text/event-stream' }).end(),
  ],
  ['it says that there is nothing', (response: ServerResponse) => response.writeHead(204).end()],
  ['it is cut off', (response: ServerResponse) => response.destroy()],
])('it polls at once if %s', async (_, fault) => {
  onStreams(fault)
  const handle = watchOne()
  await h.until(() => handle.getSnapshot() && state() === 'polling')
  expect(h.waits()).toEqual([1000])
  expect(h.server.streamRequests).toHaveLength(1)
  await finishByPoll(handle)
})

test('it polls after five seconds if the first bytes are kept back', async () => {
  onStreams(response => response.writeHead(200, { 'Content-Type': 'text/event-stream' }).flushHeaders())
  const handle = watchOne()
  await h.until(() => h.server.streamRequests.length && h.clock.timers.length)
  await h.settle()
  h.clock.pass(4999)
  await h.settle()
  expect(h.server.polls).toHaveLength(1)
  h.clock.pass(1)
  await h.until(() => state() === 'polling')
  expect(h.server.polls).toHaveLength(2)
  await finishByPoll(handle)
})

test('it polls if fetch cannot stream', async () => {
  h.client.options.fetch = async (url, init) => {
    const response = await fetch(url, init)
    if (!`${url}`.includes('events')) return response
    const { ok, status, headers, url: href } = response
    return { ok, status, headers, url: href, text: async () => '' } as Response
  }
  const handle = watchOne()
  await h.until(() => handle.getSnapshot() && state() === 'polling')
  await finishByPoll(handle)
})

test('it polls for more tasks than a stream may have, by the hundred, and streams when they are fewer', async () => {
  const handles = Array.from({ length: 130 }, watchOne)
  await h.until(() => handles.every(handle => handle.getSnapshot()) && state() === 'polling')
  for (const { uuid } of handles.slice(0, 30)) h.server.succeed(uuid as string)
  await h.passWait()
  await Promise.all(handles.slice(0, 30))
  expect(h.server.streamRequests).toEqual([])
  await h.passWait()
  await h.until(() => state() === 'live')
  expect(stream().uuids).toHaveLength(100)
})

/** Lets the server end streams after two seconds each, until the client polls. */
async function endShortStreams(): Promise<number> {
  let count = 0
  while (state() !== 'polling') {
    await h.until(() => state() === 'polling' || h.server.streams.length || h.waits().length)
    if (h.server.streams.length) {
      h.clock.pass(2000)
      stream().cut()
      count++
      await h.until(() => h.waits().length)
    } else if (h.waits().length) {
      await h.passWait()
      await h.until(() => h.waits().length || state() === 'live')
    }
  }
  return count
}

test('it polls after three short streams, and finishes', async () => {
  const handle = watchOne()
  await h.until(() => handle.getSnapshot() && state() === 'live')
  expect(await endShortStreams()).toBe(3)
  await finishByPoll(handle)
})

test('streams that lived do not count', async () => {
  watchOne()
  for (let i = 0; i < 6; i++) {
    await h.until(() => state() === 'live')
    h.clock.pass(i % 3 ? 2000 : 5000)
    stream().cut()
    await h.until(() => state() === 'connecting')
    await h.passWait()
  }
  await h.until(() => state() === 'live')
  expect(h.server.streamRequests).toHaveLength(7)
})

test('it tries a stream again after a minute, then after two; one that lives ends that', async () => {
  const handle = watchOne()
  await h.until(() => handle.getSnapshot() && state() === 'live')
  await endShortStreams()
  const start = h.clock.now
  onStreams(response => json(response, 406, {}))
  const pollUntil = async (count: number) => {
    while (h.server.streamRequests.length < count) {
      const { length } = h.server.polls
      await h.passWait()
      await h.until(() => h.server.polls.length > length || h.server.streamRequests.length >= count)
      await h.until(() => h.waits().length || state() === 'live')
    }
    return Math.round((h.clock.now - start) / 10000)
  }
  expect(await pollUntil(4)).toBe(6)
  expect(await pollUntil(5)).toBe(18)
  onStreams(undefined)
  expect(await pollUntil(6)).toBe(42)
  await h.until(() => state() === 'live')
  h.clock.pass(5000)
  stream().cut()
  await h.until(() => state() === 'connecting')
  await h.passWait()
  await h.until(() => state() === 'live')
})

test('what it learned holds for the next task', async () => {
  onStreams(response => json(response, 406, {}))
  const first = watchOne()
  await h.until(() => first.getSnapshot() && state() === 'polling')
  await finishByPoll(first)
  const next = watchOne()
  expect(await h.passWait()).toBe(50)
  await h.until(() => next.getSnapshot())
  expect(h.server.streamRequests).toHaveLength(1)
})

test('a server that is away for a while is streamed from again', async () => {
  const handle = watchOne()
  await h.until(() => handle.getSnapshot() && state() === 'live')
  h.clock.pass(60000)
  const { port } = h.server
  await h.server.stop()
  for (let i = 0; i < 6; i++) {
    await h.passWait()
    await h.until(() => h.waits().length)
  }
  expect(state()).toBe('offline')
  await h.server.start(port)
  await h.passWait()
  await h.until(() => state() === 'live')
  h.server.succeed(handle.uuid as string)
  expect((await handle).status).toBe('succeeded')
})

test('a server that stays away rejects after giveUpAfter', async () => {
  const handle = watchOne()
  await h.until(() => handle.getSnapshot() && state() === 'live')
  await h.server.stop()
  const error = handle.catch(reason => reason)
  const start = h.clock.now
  while (!handle.error) {
    await h.until(() => handle.error || h.waits().length)
    if (!handle.error) await h.passWait()
  }
  expect(await error).toMatchObject({ code: 'network' })
  expect(h.clock.now - start).toBeLessThanOrEqual(62000)
  await h.server.start()
})

test('it polls at once if streams fail and polls work', async () => {
  onStreams(response => html(response, 502))
  const handle = watchOne()
  await h.until(() => handle.getSnapshot() && state() === 'polling')
  expect(h.server.streamRequests).toHaveLength(1)
  await finishByPoll(handle)
})

test('a 401 makes headers anew, and keeps the stream', async () => {
  let calls = 0
  h.client.options.headers = () => ({ Authorization: `Token ${++calls}` })
  h.server.fault = ({ headers }, response) =>
    headers.authorization === 'Token 1' ? json(response, 401, { detail: 'Expired.' }) : true
  const handle = watchOne()
  await h.passWait()
  await h.until(() => handle.getSnapshot() && state() === 'live')
  h.server.fault = (_request, response) => json(response, 401, { detail: 'Expired.' })
  stream().cut()
  const error = handle.catch(reason => reason)
  for (let i = 0; i < 2; i++) await h.passWait()
  expect(await error).toMatchObject({ httpStatus: 401 })
  await h.settle()
  expect(h.clock.timers).toEqual([])
})

test('the connection tells how it goes, and each listener can leave', async () => {
  const states: string[] = []
  const note = (news: string) => states.push(news)
  const leave = h.client.connection.subscribe(note)
  const leaveToo = h.client.connection.subscribe(note)
  leaveToo()
  leaveToo()
  expect(state()).toBe('idle')
  const handle = watchOne()
  await h.until(() => handle.getSnapshot() && state() === 'live')
  h.server.fault = (_request, response) => void response.destroy()
  stream().cut()
  await h.passWait()
  await h.until(() => state() === 'offline')
  onStreams(response => json(response, 406, {}))
  await h.passWait()
  await h.until(() => state() === 'polling' && h.waits().length)
  await h.passWait()
  await h.until(() => h.waits().length)
  await finishByPoll(handle)
  expect(states).toEqual(['connecting', 'live', 'connecting', 'offline', 'polling', 'idle'])
  leave()
  watchOne()
  expect(states).toHaveLength(6)
})

import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import { beforeEach, expect, test, vi } from 'vitest'
import type { TaskHandle } from '../src/handle'
import type { TaskInfo } from '../src/types'
import { useHarness } from './harness'
import { html, isStream, json, type SeenRequest, type TaskStream } from './taskServer'

const h = useHarness()

beforeEach(() => {
  h.client = h.createClient({ transport: 'sse' })
})

/** A task that a stream tells of, and what has been seen of it. */
async function watchOne(fields: Partial<TaskInfo> = {}): Promise<{ handle: TaskHandle; uuid: string }> {
  const { uuid } = h.server.add({ inputs: { numbers: [1, 2] }, ...fields } as never)
  const handle = h.client.watch(uuid)
  handle.subscribe(() => {})
  await h.until(() => handle.getSnapshot() && h.client.connection.getSnapshot() === 'live')
  return { handle, uuid }
}

/** The newest stream that is open. */
const stream = () => h.server.streams[h.server.streams.length - 1] as TaskStream
const streamUrls = () => h.server.streamRequests.map(({ url }) => url.replace('/tasks/events/?uuid=', ''))
/** Answers streams with a fault, and all else properly. */
function onStreams(fault: (response: ServerResponse, request: SeenRequest) => unknown) {
  h.server.fault = (request, response) => (isStream(request) ? void fault(response, request) : true)
}

/** Waits for the client to come again after its stream has ended. */
async function comeAgain(): Promise<void> {
  const { length } = h.server.streamRequests
  await h.passWait()
  await h.until(() => h.server.streamRequests.length > length && h.client.connection.getSnapshot() === 'live')
}

test('a run costs one POST and one stream, which ends with it', async () => {
  const handle = h.client.run('sum', { numbers: [1, 2] })
  handle.subscribe(() => {})
  await h.until(() => h.server.streams.length)
  const uuid = handle.uuid as string
  expect(h.waits()).toEqual([])
  expect(streamUrls()).toEqual([`${uuid}:1`])
  expect(h.server.streamRequests[0]?.headers.accept).toMatch('text/event-stream')
  h.server.change(uuid, { status: 'running', progress: 1 } as never)
  await h.until(() => handle.getSnapshot()?.progress === 1)
  h.server.succeed(uuid, { sum: 3 })
  expect(await handle).toEqual({ ...h.server.tasks[uuid], inputs: { numbers: [1, 2] } })
  await h.until(() => !h.server.streams.length)
  expect(h.server.requests).toHaveLength(2)
  expect(h.clock.timers).toEqual([])
})

test('a task whose inputs are not known is read once, then told by the stream', async () => {
  const { handle, uuid } = await watchOne({ messages: ['one'] })
  expect(handle.getSnapshot()).toEqual(h.server.tasks[uuid])
  h.server.change(uuid, { status: 'running', messages: ['one', 'two'] } as never)
  await h.until(() => handle.getSnapshot()?.version === 2)
  expect(handle.getSnapshot()).toEqual(h.server.tasks[uuid])
  expect(h.server.polls).toHaveLength(1)
})

test('messages come by the stream once each, in their order', async () => {
  const { uuid } = h.server.add({ messages: ['one'] })
  const messages: unknown[] = []
  h.client.watch(uuid, { onMessage: message => messages.push(message) })
  await h.until(() => messages.length === 1)
  h.server.change(uuid, { messages: ['one', 'two', { rows: 3 }] })
  h.server.change(uuid, { messages: ['one', 'two', { rows: 3 }, 'four'] })
  await h.until(() => messages.length === 4)
  // All of them again, as after a reconnection.
  const told = {
    ...h.server.tasks[uuid],
    inputs: undefined,
    version: 9,
    messages: [...messages, 'five'],
    seq: 5,
  }
  stream().send(`event: task\ndata: ${JSON.stringify(told)}\n\n`)
  await h.until(() => messages.length === 5)
  expect(messages).toEqual(['one', 'two', { rows: 3 }, 'four', 'five'])
  expect(h.server.polls).toHaveLength(1)
})

test('messages that the stream left out are read', async () => {
  const { handle, uuid } = await watchOne()
  const messages = ['one', 'two', 'three']
  h.server.tasks[uuid] = { ...handle.getSnapshot(), version: 5, messages } as TaskInfo
  stream().send(
    `event: task\ndata: ${JSON.stringify({ ...h.server.tasks[uuid], messages: ['three'], seq: 3 })}\n\n`,
  )
  await h.until(() => handle.getSnapshot()?.version === 5)
  expect(handle.getSnapshot()?.messages).toEqual(messages)
  expect([h.server.polls.length, h.server.streamRequests.length]).toEqual([2, 1])
})

test('a task that is told by its version alone is read', async () => {
  const { handle, uuid } = await watchOne()
  h.server.tasks[uuid] = {
    ...handle.getSnapshot(),
    version: 2,
    status: 'succeeded',
    outputs: { sum: 7 },
  } as never
  stream().announce(h.server.tasks[uuid] as TaskInfo)
  expect((await handle).outputs).toEqual({ sum: 7 })
  await h.until(() => !h.server.streams.length)
  expect(h.server.streamRequests).toHaveLength(1)
})

test('a failing read of a new task is tried again, while the stream goes on for the others', async () => {
  const { handle: other } = await watchOne()
  const handle = h.client.watch(h.server.add().uuid)
  handle.subscribe(() => {})
  let failures = 0
  h.server.fault = (request, response) => isStream(request) || (failures++ < 3 ? html(response, 502) : true)
  for (let count = 1; count <= 3; count++) {
    await h.passWait()
    await h.until(() => failures === count)
  }
  h.server.change(other.uuid as string, { progress: 3 })
  await h.until(() => other.getSnapshot()?.progress === 3)
  await h.passWait()
  await h.until(() => handle.getSnapshot() && h.server.streamRequests.length === 2)
})

test('a read that is refused ends all, as with polls', async () => {
  const { handle: other } = await watchOne()
  const errors = [other, h.client.watch(h.server.add().uuid)].map(handle => handle.catch(reason => reason))
  h.server.fault = (_request, response) => json(response, 403, { detail: 'Log in.' })
  await h.passWait()
  for (const error of errors) expect(await error).toMatchObject({ code: 'http', httpStatus: 403 })
  await h.until(() => !h.server.streams.length)
  expect(h.clock.timers).toEqual([])
})

test('an older version never wins, whichever way it comes', async () => {
  const { handle, uuid } = await watchOne()
  h.server.change(uuid, { status: 'running', progress: 5 } as never)
  await h.until(() => handle.getSnapshot()?.version === 2)
  const old = { ...handle.getSnapshot(), version: 1, progress: 1, seq: 0 }
  stream().send(`event: task\ndata: ${JSON.stringify(old)}\n\n`)
  await h.settle()
  expect(handle.getSnapshot()?.progress).toBe(5)
  expect(h.client.watch(uuid).getSnapshot()?.progress).toBe(5)
  expect(h.server.polls).toHaveLength(1)
})

test('a task that is gone rejects, and the others go on', async () => {
  const { handle: other } = await watchOne()
  const missing = '00000000-0000-4000-8000-999999999999'
  const error = h.client.watch(missing).catch(reason => reason)
  await comeAgain()
  expect(await error).toMatchObject({
    code: 'not_found',
    message: `There is no task ${missing}, or it is another user's.`,
  })
  expect(other.error).toBeUndefined()
  const gone = other.catch(reason => reason)
  delete h.server.tasks[other.uuid as string]
  h.server.publish(other.uuid as string)
  expect(await gone).toMatchObject({ code: 'not_found' })
  await h.until(() => !h.server.streams.length)
})

test.each(['nonsense', '', 'a,b'])('%j is no task, and is never asked for', async value => {
  const error = await h.client.watch(value).catch(reason => reason)
  expect(error).toMatchObject({ code: 'not_found' })
  expect(h.server.requests).toEqual([])
  expect(h.clock.timers).toEqual([])
})

test('an end by the server’s clock is followed by a stream soon, from the versions known on', async () => {
  vi.spyOn(Math, 'random').mockReturnValue(1)
  const { handle, uuid } = await watchOne()
  h.server.change(uuid, { progress: 1 })
  await h.until(() => handle.getSnapshot()?.progress === 1)
  h.clock.pass(600000 - 15000)
  stream().end('renew')
  // At random up to this, so that clients cut off together do not come back together.
  expect(await h.passWait()).toBe(500)
  await h.until(() => h.server.streamRequests.length === 2 && h.server.streams.length === 1)
  expect(streamUrls()).toEqual([`${uuid}:1`, `${uuid}:2`])
  h.server.succeed(uuid)
  await handle
})

test('a stream that ends too early is taken up again from the versions known on', async () => {
  const { handle, uuid } = await watchOne()
  h.server.change(uuid, { progress: 1 })
  await h.until(() => handle.getSnapshot()?.progress === 1)
  h.server.change(uuid, { progress: 2, messages: ['one'] })
  stream().drop()
  await comeAgain()
  await h.until(() => handle.getSnapshot()?.progress === 2)
  expect(handle.getSnapshot()?.messages).toEqual(['one'])
  expect(streamUrls().at(-1)).toMatch(/:[23]$/)
  stream().cut()
  h.server.succeed(uuid)
  await h.passWait()
  expect((await handle).status).toBe('succeeded')
})

test('a stream that says all has ended while something has not is taken up again', async () => {
  const { handle, uuid } = await watchOne()
  stream().end('finished')
  await h.until(() => !h.server.streams.length)
  h.server.succeed(uuid)
  await h.passWait()
  expect((await handle).status).toBe('succeeded')
})

test('whichever byte it is dropped after, the client has it all in the end', async () => {
  const { uuid } = h.server.add({ inputs: { numbers: [1] } } as never)
  const messages: unknown[] = []
  const seen: number[] = []
  const handle = h.client.watch(uuid, {
    onMessage: message => messages.push(message),
    onProgress: ({ version }) => seen.push(version),
  })
  await h.until(() => handle.getSnapshot() && h.server.streams.length)
  h.client.options.giveUpAfter = 999999999
  for (let round = 1; round <= 60; round++) {
    const told = h.server.streams.splice(0)
    h.server.change(uuid, { progress: round, messages: Array.from({ length: round }, (_, i) => `é${i}`) })
    const { inputs: _, ...info } = h.server.tasks[uuid] as TaskInfo
    const text = `id: ${uuid}:${info.version}\r\nevent: task\r\ndata: ${JSON.stringify({ ...info, seq: round })}\r\n\r\n`
    const bytes = new TextEncoder().encode(text)
    told[0]?.send(bytes.slice(0, (round * 31) % bytes.length))
    await h.settle()
    told[0]?.drop()
    await comeAgain()
  }
  h.server.succeed(uuid)
  await handle
  expect(messages).toEqual(Array.from({ length: 60 }, (_, i) => `é${i}`))
  expect(seen).toEqual([...seen].sort((a, b) => a - b))
})

test('what is no JSON is a broken connection', async () => {
  const { handle, uuid } = await watchOne()
  stream().send('event: task\ndata: {"uuid"\n\n')
  await h.until(() => !h.server.streams.length)
  h.server.succeed(uuid)
  await h.passWait()
  expect((await handle).status).toBe('succeeded')
})

test('waits between short streams are random up to a doubling bound', async () => {
  vi.spyOn(Math, 'random').mockReturnValue(1)
  const { handle } = await watchOne()
  const waits: number[] = []
  for (let i = 0; i < 8; i++) {
    stream().drop()
    await h.until(() => h.waits().length)
    waits.push(h.waits()[0] as number)
    await comeAgain()
  }
  expect(waits).toEqual([1000, 2000, 4000, 8000, 16000, 30000, 30000, 30000])
  expect(handle.error).toBeUndefined()
  h.clock.pass(5000)
  stream().drop()
  expect(await h.passWait()).toBe(500)
})

test('a silent stream is replaced after 40 seconds, one that gives signs of life is not', async () => {
  const { handle, uuid } = await watchOne()
  for (let i = 0; i < 8; i++) {
    h.clock.pass(15000)
    stream().send(':\n\n')
    await h.settle()
  }
  expect(h.server.streamRequests).toHaveLength(1)
  h.clock.pass(39999)
  await h.settle()
  expect(h.server.streams).toHaveLength(1)
  h.clock.pass(1)
  await h.until(() => !h.server.streams.length)
  h.server.succeed(uuid)
  await h.passWait()
  expect((await handle).status).toBe('succeeded')
})

test('thirty tasks watched at once are one stream', async () => {
  const handles = Array.from({ length: 30 }, () => h.client.watch(h.server.add().uuid))
  for (const handle of handles) {
    handle.subscribe(() => {})
    h.client.watch(handle.uuid as string).subscribe(() => {})
  }
  await h.until(() => handles.every(handle => handle.getSnapshot()) && h.server.streams.length)
  expect([h.server.streamRequests.length, h.server.streams.length, h.server.polls.length]).toEqual([1, 1, 1])
  expect(stream().uuids).toEqual(handles.map(({ uuid }) => uuid))
})

test('thirty that come one after the other are one more stream, and the first goes on until it speaks', async () => {
  const { handle: first } = await watchOne()
  const handles = Array.from({ length: 30 }, () => h.client.watch(h.server.add().uuid))
  for (const handle of handles) {
    h.clock.pass(1)
    handle.subscribe(() => {})
  }
  let open = () => {}
  onStreams((response, request) => {
    open = () => h.server.answer(request, response)
  })
  expect(await h.passWait()).toBe(50)
  await h.until(() => h.server.streamRequests.length === 2)
  h.server.change(first.uuid as string, { progress: 4 })
  await h.until(() => first.getSnapshot()?.progress === 4)
  expect(h.client.connection.getSnapshot()).toBe('live')
  h.server.fault = undefined
  open()
  await h.until(() => handles.every(handle => handle.getSnapshot()))
  await h.until(() => h.server.streams.length === 1)
  expect(stream().uuids).toHaveLength(31)
  expect(h.server.streamRequests).toHaveLength(2)
})

test('a task that is watched while the stream opens comes with the next one', async () => {
  let open = () => {}
  onStreams((response, request) => {
    open = () => h.server.answer(request, response)
  })
  const [one, other] = [h.client.watch(h.server.add().uuid), h.client.watch(h.server.add().uuid)]
  one.subscribe(() => {})
  await h.until(() => h.server.streamRequests.length)
  other.subscribe(() => {})
  expect(h.waits()).toEqual([])
  h.server.fault = undefined
  open()
  expect(await h.passWait()).toBe(50)
  await h.until(() => other.getSnapshot() && h.server.streams.length === 1)
})

test('somebody else who watches a task of the stream knows at once what is known, and opens nothing', async () => {
  const { handle, uuid } = await watchOne()
  const early = h.client.watch(uuid)
  h.server.change(uuid, { progress: 8 })
  await h.until(() => handle.getSnapshot()?.progress === 8)
  const seen: unknown[] = []
  early.subscribe(info => seen.push(info?.progress))
  await h.settle()
  expect(seen).toEqual([8])
  h.server.change(uuid, { progress: 9 })
  await h.until(() => seen.length === 2)
  expect(h.server.requests).toHaveLength(2)
  expect(h.waits()).toEqual([])
})

test('more tasks than a stream may have are refused in words of the server', async () => {
  const handles = Array.from({ length: 101 }, () => h.client.watch(h.server.add().uuid))
  for (const handle of handles) handle.subscribe(() => {})
  await h.until(() => handles.every(handle => handle.error))
  expect(handles[0]?.error?.message).toMatch('101 tasks are asked for, must be 1 to 100.')
})

test('with the last unsubscription the stream is closed and nothing is left', async () => {
  const handles = Array.from({ length: 3 }, () => h.client.watch(h.server.add().uuid))
  const ends = handles.map(handle => handle.subscribe(() => {}))
  await h.until(() => handles.every(handle => handle.getSnapshot()) && h.server.streams.length)
  ends[0]?.()
  ends[1]?.()
  await h.settle()
  expect(h.server.streams).toHaveLength(1)
  ends[2]?.()
  await h.until(() => !h.server.streams.length)
  expect(h.clock.timers).toEqual([])
  h.clock.pass(600000)
  await h.settle()
  expect(h.server.streamRequests).toHaveLength(1)
})

test('a stream that is still opening is closed with the last unsubscription', async () => {
  let closed = false
  onStreams(response => response.on('close', () => (closed = true)))
  const end = h.client.watch(h.server.add().uuid).subscribe(() => {})
  await h.until(() => h.server.streamRequests.length)
  end()
  await h.until(() => closed)
  await h.settle()
  expect(h.clock.timers).toEqual([])
  expect(h.client.connection.getSnapshot()).toBe('idle')
})

test('bytes that come after the last unsubscription start no timer and no life', async () => {
  let give: (chunk: { done: boolean; value: Uint8Array }) => void = () => {}
  const read = () => new Promise(resolve => (give = resolve))
  h.client.options.fetch = async (url, init) => {
    const response = await fetch(url, init)
    const body = { getReader: () => ({ read }) }
    return `${url}`.includes('events')
      ? ({ headers: response.headers, body } as unknown as Response)
      : response
  }
  const handle = h.client.watch(h.server.add().uuid)
  const end = handle.subscribe(() => {})
  await h.until(() => h.server.streams.length)
  await h.settle()
  end()
  await h.settle()
  give({ done: false, value: new TextEncoder().encode(':\n\n') })
  await h.settle()
  expect([h.clock.timers, h.client.connection.getSnapshot()]).toEqual([[], 'idle'])
})

test('a server that restarts is taken up again', async () => {
  const { handle, uuid } = await watchOne()
  const { port } = h.server
  h.clock.pass(60000)
  await h.server.stop()
  for (let i = 0; i < 4; i++) {
    await h.passWait()
    await h.settle()
    expect(h.client.connection.getSnapshot()).toMatch(/offline|connecting/)
  }
  h.server.succeed(uuid)
  await h.server.start(port)
  await h.passWait()
  expect((await handle).status).toBe('succeeded')
})

test('a server that stays away rejects after giveUpAfter', async () => {
  const { handle } = await watchOne()
  await h.server.stop()
  const error = handle.catch(reason => reason)
  const start = h.clock.now
  while (!handle.error) {
    await h.until(() => handle.error || h.waits().length)
    if (!handle.error) await h.passWait()
  }
  expect(await error).toMatchObject({ code: 'network' })
  expect(h.clock.now - start).toBeLessThanOrEqual(62000)
  expect(h.clock.timers).toEqual([])
  await h.server.start()
})

test('too many streams are tried again when the server says', async () => {
  onStreams(response => json(response, 429, { detail: 'Too many.' }, { 'Retry-After': '15' }))
  const { uuid } = h.server.add()
  const result = h.client.watch(uuid).then(({ status }) => status)
  await h.until(() => h.waits().includes(15000))
  h.server.fault = undefined
  h.server.succeed(uuid)
  await h.passWait()
  expect(await result).toBe('succeeded')
})

test.each([
  ['a 404', (response: ServerResponse) => html(response, 404), 404],
  ['a 403', (response: ServerResponse) => json(response, 403, { detail: 'Log in.' }), 403],
  ['a 406', (response: ServerResponse) => json(response, 406, { detail: 'WSGI.' }), 406],
  ['a login page', (response: ServerResponse) => html(response, 200), 200],
])('%s instead of a stream is final', async (_, fault, httpStatus) => {
  onStreams(fault)
  const error = await h.client.watch(h.server.add().uuid).catch(reason => reason)
  expect(error).toMatchObject({ name: 'TaskError', httpStatus })
  expect(h.server.streamRequests).toHaveLength(1)
  expect(h.clock.timers).toEqual([])
})

test('a 401 is tried again once, with headers made anew', async () => {
  let calls = 0
  h.client.options.headers = () => ({ Authorization: `Token ${++calls}` })
  h.server.fault = ({ headers }, response) =>
    headers.authorization === 'Token 1' ? json(response, 401, { detail: 'Expired.' }) : true
  const { uuid } = h.server.add({ status: 'succeeded' } as never)
  const result = h.client.watch(uuid).then(({ status }) => status)
  await h.passWait()
  expect(await result).toBe('succeeded')
  h.server.fault = (_request, response) => json(response, 401, { detail: 'Expired.' })
  const error = h.client.watch(h.server.add().uuid).catch(reason => reason)
  await h.passWait()
  expect(await error).toMatchObject({ httpStatus: 401 })
  expect(h.clock.timers).toEqual([])
})

test('a fetch that cannot stream is told', async () => {
  h.client.options.fetch = async (url, init) => {
    const response = await fetch(url, init)
    if (!`${url}`.includes('events')) return response
    const { ok, status, headers, url: href } = response
    return { ok, status, headers, url: href, text: async () => '' } as Response
  }
  const error = await h.client.watch(h.server.add().uuid).catch(reason => reason)
  expect(error).toMatchObject({ code: 'invalid_response' })
})

test('a stream of nothing but signs of life hangs nobody who stops watching', async () => {
  const abort = new AbortController()
  const { uuid } = h.server.add()
  const error = h.client.watch(uuid, { signal: abort.signal }).catch(reason => reason)
  await h.until(() => h.server.streams.length)
  const closed = once(abort.signal, 'abort')
  abort.abort()
  await closed
  expect(await error).toMatchObject({ code: 'aborted' })
  await h.until(() => !h.server.streams.length)
})

test('outputs that are read cost the other tasks no new stream', async () => {
  const { handle: other } = await watchOne()
  const handles = Array.from({ length: 5 }, () => h.client.watch(h.server.add().uuid))
  const results = Promise.all(handles)
  await comeAgain()
  const before = h.server.polls.length
  for (const { uuid = '' } of handles) {
    h.server.tasks[uuid] = { ...h.server.tasks[uuid], version: 2, status: 'succeeded' } as TaskInfo
    stream().announce(h.server.tasks[uuid] as TaskInfo)
  }
  await results
  expect(h.server.polls.length - before).toBeLessThanOrEqual(5)
  expect(h.server.streamRequests).toHaveLength(2)
  h.server.change(other.uuid as string, { progress: 1 })
  await h.until(() => other.getSnapshot()?.progress === 1)
})

test('outputs that cannot be read just now are read with the next stream', async () => {
  const { handle, uuid } = await watchOne()
  h.server.tasks[uuid] = { ...h.server.tasks[uuid], version: 2, status: 'succeeded' } as TaskInfo
  h.server.faults = [(_request, response) => html(response, 502)]
  stream().announce(h.server.tasks[uuid] as TaskInfo)
  await h.until(() => !h.server.streams.length)
  await h.passWait()
  expect((await handle).status).toBe('succeeded')
})

test('a stream that is ended at once, in whatever words, is not taken up in haste', async () => {
  vi.spyOn(Math, 'random').mockReturnValue(1)
  await watchOne()
  const waits: number[] = []
  for (let i = 0; i < 4; i++) {
    stream().end('renew')
    await h.until(() => h.waits().length)
    waits.push(h.waits()[0] as number)
    await comeAgain()
  }
  expect(waits).toEqual([1000, 2000, 4000, 8000])
})

test.each(['gone', 'forbidden'])(
  'a task that is %s, and watched anew while that is told, has an end',
  async how => {
    const { uuid } = await watchOne()
    const ends: unknown[] = []
    const note = (error: { code: string }) => ends.push(error.code)
    const first = h.client.watch(uuid)
    first.subscribe(() => {
      if (first.error) h.client.watch(uuid).catch(note)
    })
    // One more that follows while the first is told.
    h.client.watch(uuid).subscribe(() => {})
    await h.settle()
    if (how === 'gone') {
      delete h.server.tasks[uuid]
      h.server.publish(uuid)
    } else {
      h.server.fault = (_request, response) => json(response, 403, { detail: 'Log in.' })
      stream().drop()
      await h.passWait()
    }
    await h.until(() => ends.length)
    expect(ends).toEqual([how === 'gone' ? 'not_found' : 'http'])
    await h.settle()
    expect(h.clock.timers).toEqual([])
  },
)

test('the connection stays live while a new task cannot be read, and is offline with the stream', async () => {
  await watchOne()
  h.client.watch(h.server.add().uuid).subscribe(() => {})
  h.server.fault = (_request, response) => html(response, 502)
  for (let i = 0; i < 2; i++) {
    await h.passWait()
    await h.until(() => h.waits().length)
  }
  expect(h.client.connection.getSnapshot()).toBe('live')
  stream().drop()
  await h.until(() => h.client.connection.getSnapshot() === 'connecting')
  await h.passWait()
  await h.until(() => h.client.connection.getSnapshot() === 'offline')
})

test('outputs that may not be read end all, as with polls', async () => {
  const { handle, uuid } = await watchOne()
  const error = handle.catch(reason => reason)
  h.server.fault = (request, response) => isStream(request) || json(response, 403, { detail: 'Log in.' })
  h.server.tasks[uuid] = { ...h.server.tasks[uuid], version: 2, status: 'succeeded' } as TaskInfo
  stream().announce(h.server.tasks[uuid] as TaskInfo)
  expect(await error).toMatchObject({ code: 'http', httpStatus: 403 })
  await h.until(() => !h.server.streams.length)
  expect(h.clock.timers).toEqual([])
})

import type { ServerResponse } from 'node:http'
import { expect, test, vi } from 'vitest'
import type { TaskHandle } from '../src/handle'
import type { TaskError } from '../src/taskError'
import { useHarness } from './harness'
import { cutOff, html, json } from './taskServer'

const h = useHarness()

/** Watches a task that has been seen once, and gives what it rejects with. */
async function watchSeen(): Promise<{ handle: TaskHandle; error: Promise<TaskError> }> {
  const handle = h.client.watch(h.server.add().uuid)
  const error = handle.then(
    () => Promise.reject(new Error('It fulfilled.')),
    reason => reason,
  )
  await h.passWait()
  await h.until(() => handle.getSnapshot() && h.waits().length)
  return { handle, error }
}

/** Moves the clock until the handle has settled, and tells for how long. */
async function passUntilSettled(handle: TaskHandle, start = h.clock.now): Promise<number> {
  while (!handle.error) {
    await h.until(() => handle.error || h.waits().length)
    if (!handle.error) await h.passWait()
  }
  return h.clock.now - start
}

const faults: [string, (response: ServerResponse) => unknown, Partial<TaskError>][] = [
  ['the server drops connections', response => response.destroy(), { code: 'network' }],
  ['answers are cut off', cutOff, { code: 'network' }],
  ['a proxy says 502', response => html(response, 502), { code: 'http', httpStatus: 502 }],
  ['the server fails with 500', response => html(response, 500), { code: 'http', httpStatus: 500 }],
  [
    'it says 503',
    response => json(response, 503, { detail: 'Upgrading.' }),
    { code: 'http', httpStatus: 503 },
  ],
  ['JSON is cut short', response => cutJson(response), { code: 'invalid_response', httpStatus: 200 }],
]

function cutJson(response: ServerResponse): void {
  response.writeHead(200, { 'Content-Type': 'application/json' }).end('{"next": null, "resu')
}

test.each(faults)('watching outlives it if %s for a while', async (_, fault) => {
  const { handle, error } = await watchSeen()
  let failures = 0
  h.server.fault = (_request, response) => {
    failures++
    fault(response)
  }
  const uuid = handle.uuid as string
  while (failures < 4) {
    await h.passWait()
    await h.until(() => h.waits().length)
  }
  h.server.fault = undefined
  h.server.succeed(uuid)
  await h.passWait()
  await expect(error).rejects.toThrow('It fulfilled.')
})

test.each(faults)('watching rejects if %s for longer than giveUpAfter', async (_, fault, expected) => {
  const { handle, error } = await watchSeen()
  h.server.fault = (_request, response) => void fault(response)
  const start = h.clock.now
  const took = await passUntilSettled(handle, start)
  expect(await error).toMatchObject({
    ...expected,
    name: 'TaskError',
    transient: expected.httpStatus !== 500 || true,
  })
  expect(took).toBeLessThanOrEqual(61000)
  expect(h.server.requests.length).toBeGreaterThanOrEqual(5)
  expect(h.clock.timers).toEqual([])
})

test('waits between failures are random up to a doubling bound, and at most 30 seconds', async () => {
  vi.spyOn(Math, 'random').mockReturnValue(1)
  h.client.options.giveUpAfter = 1000000
  await watchSeen()
  h.server.fault = (_request, response) => html(response, 502)
  await h.passWait()
  const waits: number[] = []
  for (let i = 0; i < 9; i++) waits.push(await h.passWait())
  expect(waits).toEqual([500, 1000, 2000, 4000, 8000, 16000, 30000, 30000, 30000])
})

test('a success ends the count of failures', async () => {
  vi.spyOn(Math, 'random').mockReturnValue(1)
  const { handle } = await watchSeen()
  for (let hour = 0; hour < 3; hour++) {
    h.server.faults = [1, 2, 3, 4, 5].map(
      () => (_request: unknown, response: ServerResponse) => html(response, 502),
    )
    for (let i = 0; i < 6; i++) {
      await h.passWait()
      await h.until(() => h.waits().length)
    }
  }
  expect(handle.error).toBeUndefined()
})

test('a Retry-After holds polls back, and a newly watched task does not hurry them', async () => {
  await watchSeen()
  h.server.faults = [(_request, response) => json(response, 429, {}, { 'Retry-After': '20' })]
  await h.passWait()
  await h.until(() => h.waits().includes(20000))
  h.client.watch(h.server.add().uuid).subscribe(() => {})
  expect(await h.passWait()).toBe(20000)
})

test('a server that never answers runs into the timeout', async () => {
  const { handle, error } = await watchSeen()
  h.server.fault = () => {}
  await h.passWait()
  let polls = 1
  while (!handle.error) {
    await h.until(() => handle.error || h.waits().length || h.server.polls.length > polls)
    polls = h.server.polls.length
    if (h.waits().length) await h.passWait()
    else h.passTimeout()
  }
  expect(await error).toMatchObject({
    code: 'timeout',
    message: `${h.server.baseURL}?uuid=${handle.uuid} cannot be reached: no answer within 31415 ms. Check the server, options.baseURL and options.corsMode.`,
  })
})

test('a POST that is never answered rejects', async () => {
  h.server.fault = () => {}
  const handle = h.client.run('sum', {})
  while (!handle.error) {
    const { length } = h.server.requests
    await h.until(
      () => handle.error || h.waits().length || h.server.requests.length > length || h.clock.timers.length,
    )
    if (h.waits().length) await h.passWait()
    else h.passTimeout()
    await h.settle()
  }
  expect(handle.error).toMatchObject({ code: 'timeout' })
  expect(h.server.requests.length).toBeLessThanOrEqual(5)
})

test('headers that never come run into the timeout', async () => {
  h.client.options.headers = () => new Promise(() => {})
  h.client.options.giveUpAfter = 10
  const error = h.client.run('sum', {}).catch(reason => reason)
  await h.until(() => h.clock.timers.length)
  h.passTimeout()
  expect(await error).toMatchObject({ code: 'timeout' })
})

test('a server that is gone rejects with a sentence that says where and what to do', async () => {
  const { baseURL } = h.server
  await h.server.stop()
  const handle = h.client.run('sum', {})
  for (let i = 0; i < 4; i++) await h.passWait()
  const error = await handle.catch(reason => reason)
  expect(error).toMatchObject({ code: 'network', transient: true })
  expect(error.message).toBe(
    `${baseURL} cannot be reached: TypeError: fetch failed. Check the server, options.baseURL and options.corsMode.`,
  )
  expect(error.cause.cause.code).toBe('ECONNREFUSED')
  await h.server.start()
})

test.each([
  ['HTML instead of JSON', (response: ServerResponse) => html(response, 200), 'invalid_response', 200],
  ['a 404 in HTML', (response: ServerResponse) => html(response, 404), 'http', 404],
  ['a 403', (response: ServerResponse) => json(response, 403, { detail: 'Log in.' }), 'http', 403],
  [
    'JSON of something else',
    (response: ServerResponse) => json(response, 200, { hello: 'world' }),
    'invalid_response',
    200,
  ],
  ['JSON that is null', (response: ServerResponse) => json(response, 200, null), 'invalid_response', 200],
  [
    'tasks without a version',
    (response: ServerResponse) => json(response, 200, { results: [{ uuid: 'x' }] }),
    'invalid_response',
    200,
  ],
  ...Object.entries({
    uuid: 5,
    status: 'paused',
    version: 'one',
    messages: 'none',
  }).map(([name, value]): [string, (response: ServerResponse) => void, string, number] => [
    `a ${name} that is ${value}`,
    response => {
      const info = { ...h.server.add(), [name]: value }
      json(response, 200, { ...info, results: [info] })
    },
    'invalid_response',
    200,
  ]),
  ['an answer of 204', response => void response.writeHead(204).end(), 'invalid_response', 204],
])('%s is final, for a run and for a watch', async (_, fault, code, httpStatus) => {
  const { error } = await watchSeen()
  h.server.fault = (_request, response) => void fault(response)
  const run = h.client.run('sum', {}).catch(reason => reason)
  expect(await run).toMatchObject({ code, httpStatus })
  const { length } = h.server.requests
  await h.passWait()
  expect(await error).toMatchObject({ code, httpStatus })
  expect(h.server.requests).toHaveLength(length + 1)
  expect(h.clock.timers).toEqual([])
})

test('a redirect to a login page is named', async () => {
  h.server.faults = [
    (_request, response) => void response.writeHead(302, { Location: '/login/' }).end(),
    (_request, response) => html(response, 200),
  ]
  const error = await h.client.run('sum', {}).catch(reason => reason)
  expect(error.message).toBe(
    `A redirect to ${h.server.origin}/login/ answered 200 with text/html instead of a task. Check the server, options.baseURL and that the user is logged in.`,
  )
})

test('a POST that a redirect has made a GET rejects, whose answer is a page', async () => {
  const { uuid } = h.server.add()
  const calls = [() => h.client.run('sum', {}), () => h.client.cancel(uuid), () => h.client.retry(uuid)]
  for (const call of calls) {
    h.server.faults = [(_request, response) => void response.writeHead(302, { Location: '/tasks/' }).end()]
    const error = await Promise.resolve(call()).catch(reason => reason)
    expect(error).toMatchObject({ code: 'invalid_response', httpStatus: 200 })
    expect(error.message).toBe(
      `A redirect to ${h.server.baseURL} answered 200 with application/json instead of a task. Check the server, options.baseURL and that the user is logged in.`,
    )
  }
})

test('a list that is answered with one task rejects', async () => {
  h.server.fault = (_request, response) => json(response, 200, h.server.add())
  const error = await h.client.list().catch(reason => reason)
  expect(error).toMatchObject({ code: 'invalid_response' })
  expect(error.message).toMatch(/\/tasks\/\? answered 200 with application\/json instead of tasks\./)
})

test.each([
  [
    500,
    'answered 500 with text/html instead of a task. Check the server, options.baseURL and that the user is logged in.',
  ],
  [
    502,
    'answered 502 with text/html instead of a task. Check the server, options.baseURL and that the user is logged in.',
  ],
])('a %i in HTML is the fault of the server', async (status, end) => {
  const message = `${h.server.baseURL} ${end}`
  h.client.options.giveUpAfter = 10
  vi.spyOn(Math, 'random').mockReturnValue(1)
  h.server.fault = (_request, response) => html(response, status)
  await expect(h.client.run('sum', {})).rejects.toMatchObject({ code: 'http', message })
})

test.each([
  [204, ' instead of a task. Check the server, options.baseURL and that the user is logged in.'],
  [304, ' instead of a task. Check the server, options.baseURL and that the user is logged in.'],
])('an empty %i is told', async (status, end) => {
  h.server.fault = (_request, response) => void response.writeHead(status).end()
  const message = `${h.server.baseURL} answered ${status} with nothing${end}`
  await expect(h.client.run('sum', {})).rejects.toMatchObject({ httpStatus: status, message })
})

test('a Retry-After beyond giveUpAfter leaves watched tasks one more try at its end', async () => {
  const { handle, error } = await watchSeen()
  const busy = (_request: unknown, response: ServerResponse) =>
    json(response, 503, { detail: 'Upgrading.' }, { 'Retry-After': '120' })
  h.server.faults = [busy]
  await h.passWait()
  expect(await h.passWait()).toBe(60000)
  await h.until(() => h.waits().includes(1000))
  expect(handle.error).toBeUndefined()
  h.server.fault = busy
  await h.passWait()
  expect(await h.passWait()).toBe(60000)
  expect(await error).toMatchObject({ httpStatus: 503, message: 'The server answered 503: Upgrading.' })
  expect(h.clock.timers).toEqual([])
})

test('a wrong baseURL rejects with what to check', async () => {
  h.client.options.baseURL = `${h.server.origin}/nowhere`
  h.server.fault = (_request, response) => html(response, 404)
  await expect(h.client.run('sum', {})).rejects.toThrow(
    `${h.server.origin}/nowhere/ answered 404 with text/html instead of a task. Check the server, options.baseURL and that the user is logged in.`,
  )
})

test('one failing chunk of many does not end the others at once', async () => {
  const handles = Array.from({ length: 150 }, () => h.client.watch(h.server.add().uuid))
  for (const handle of handles) handle.subscribe(() => {})
  h.server.faults = [(_request, response) => html(response, 502)]
  await h.passWait()
  await h.until(() => h.waits().length)
  await h.passWait()
  await h.until(() => handles.every(handle => handle.getSnapshot()))
  expect(handles.some(handle => handle.error)).toBe(false)
})

test('a task watched anew while its failure is told is followed', async () => {
  const [one, other] = [h.server.add(), h.server.add()]
  let again: TaskHandle | undefined
  h.server.faults = [(_request, response) => json(response, 403, { detail: 'No.' })]
  h.client.watch(one.uuid).subscribe(() => {
    again = h.client.watch(one.uuid)
    again.subscribe(() => {})
  })
  h.client.watch(other.uuid).subscribe(() => {})
  await h.passWait()
  await h.until(() => again)
  await h.passWait()
  await h.until(() => again?.getSnapshot())
  expect(again?.error).toBeUndefined()
})

test('a 401 makes headers anew after other failures too, once', async () => {
  let calls = 0
  h.client.options.headers = () => ({ Authorization: `${++calls}` })
  const refuse = (_request: unknown, response: ServerResponse) => json(response, 401, { detail: 'Expired.' })
  h.server.faults = [(_request, response) => html(response, 502), refuse]
  const handle = h.client.watch(h.server.add().uuid)
  const error = handle.catch(reason => reason)
  for (let i = 0; i < 3; i++) await h.passWait()
  await h.until(() => handle.getSnapshot() && h.waits().length)
  expect(calls).toBe(3)
  h.server.faults = [refuse, (_request, response) => html(response, 502), refuse]
  for (let i = 0; i < 3; i++) await h.passWait()
  expect(await error).toMatchObject({ httpStatus: 401 })
})

test('a request that was slept through does not use up giveUpAfter', async () => {
  const handle = h.client.watch(h.server.add().uuid)
  const result = handle.then(({ status }) => status)
  await h.passWait()
  await h.until(() => handle.getSnapshot() && h.waits().length)
  let fail = () => {}
  h.server.faults = [(_request, response) => (fail = () => response.destroy())]
  await h.passWait()
  await h.until(() => h.server.polls.length === 2)
  // The clock goes on, the timers of the machine that sleeps do not.
  h.clock.now += 3_600_000
  h.server.succeed(handle.uuid as string)
  fail()
  await h.until(() => h.waits().length)
  await h.passWait()
  expect(await result).toBe('succeeded')
})

import type { ServerResponse } from 'node:http'
import { expect, test, vi } from 'vitest'
import { TaskError } from '../src/taskError'
import { useHarness } from './harness'
import { cutOff, html, json } from './taskServer'

const h = useHarness()

const keys = () => h.server.posts.map(({ headers }) => headers['idempotency-key'])

test('creates a task and fulfils with its last snapshot', async () => {
  const handle = h.client.run('sum', { numbers: [1, 2] })
  const result = handle.then(info => info.outputs.sum)
  expect(handle.uuid).toBeUndefined()
  expect(handle.getSnapshot()).toBeUndefined()
  await h.until(() => handle.uuid)
  expect(JSON.parse(h.server.posts[0]?.body as string)).toEqual({ task: 'sum', inputs: { numbers: [1, 2] } })
  expect(h.server.posts[0]?.headers).toMatchObject({
    accept: 'application/json, text/event-stream',
    'content-type': 'application/json',
  })
  h.server.succeed(handle.uuid as string, { sum: 3 })
  await h.passWait()
  expect(await result).toBe(3)
  expect(h.server.polls).toHaveLength(1)
})

test('a task that is done at once is not polled for', async () => {
  h.server.onCreate = () => ({ status: 'succeeded', outputs: { sum: 3 } }) as never
  expect(await h.client.run('sum', {})).toMatchObject({ status: 'succeeded', outputs: { sum: 3 } })
  expect(h.server.requests).toHaveLength(1)
})

test('a task that needs no inputs may be run without', async () => {
  h.client.run('clean')
  await h.until(() => h.server.posts.length)
  expect(JSON.parse(h.server.posts[0]?.body as string)).toEqual({ task: 'clean', inputs: {} })
})

test('a task that nobody waits for is started and never asked about', async () => {
  const handle = h.client.run('export', {})
  await h.until(() => handle.uuid)
  expect(h.clock.timers).toEqual([])
  expect(h.server.requests).toHaveLength(1)
})

test.each([
  [
    'a failure',
    { status: 'failed', error: { code: 'bad_csv', message: 'No header row.' } },
    'bad_csv',
    'No header row.',
  ],
  [
    'a cancel',
    { status: 'cancelled' },
    'cancelled',
    'Task "sum" (00000000-0000-4000-8000-000000000001) ended as cancelled.',
  ],
])('%s rejects with the keys of the snapshot', async (_, fields, code, message) => {
  h.server.onCreate = () => ({ ...fields, messages: ['line 1'], progress: 4 }) as never
  const error = await h.client.run('sum', {}).catch(reason => reason)
  expect(error).toBeInstanceOf(TaskError)
  expect(error).toBeInstanceOf(Error)
  expect(error).toMatchObject({
    name: 'TaskError',
    code,
    message,
    status: fields.status,
    messages: ['line 1'],
    progress: 4,
  })
  expect(error.info.uuid).toBe(error.uuid)
})

test.each([
  ['a connection cut in the middle of the answer', cutOff],
  ['a connection closed without an answer', (response: ServerResponse) => response.destroy()],
  ['a 502 of a proxy in HTML', (response: ServerResponse) => html(response, 502)],
  ['a 503', (response: ServerResponse) => json(response, 503, { detail: 'Later.' })],
  ['a 504', (response: ServerResponse) => json(response, 504, {})],
  ['a 408', (response: ServerResponse) => json(response, 408, {})],
  ['a 425', (response: ServerResponse) => json(response, 425, {})],
  ['a 429', (response: ServerResponse) => json(response, 429, { detail: 'Slow down.' })],
])('%s is tried again and starts one task', async (_, fault) => {
  h.server.faults = [(_request, response) => void fault(response)]
  const handle = h.client.run('sum', {})
  expect(await h.passWait()).toBeLessThanOrEqual(500)
  await h.until(() => handle.uuid)
  expect(keys()).toHaveLength(2)
  expect(new Set(keys()).size).toBe(1)
})

test('one call makes one task even where the first answer was lost after the task was made', async () => {
  h.server.faults = [
    (_request, response) => {
      // Let the server make the task, and lose what it says.
      response.end = (() => response.destroy()) as never
      return true
    },
  ]
  const handle = h.client.run('sum', {})
  await h.until(() => Object.keys(h.server.tasks).length === 1)
  await h.passWait()
  await h.until(() => handle.uuid)
  expect(h.server.posts).toHaveLength(2)
  expect(Object.keys(h.server.tasks)).toEqual([handle.uuid])
})

test('each call has a random key, and a key that is given is used', async () => {
  h.client.run('sum', {})
  h.client.run('sum', {})
  h.client.run('sum', {}, { idempotencyKey: 'order 7' })
  await h.until(() => h.server.posts.length === 3)
  expect(new Set(keys()).size).toBe(3)
  expect(keys()).toContain('order 7')
})

test('gives up after five tries, each within a doubling bound', async () => {
  const random = vi.spyOn(Math, 'random').mockReturnValue(0.75)
  h.server.fault = (_request, response) => html(response, 502)
  const error = h.client.run('sum', {}).catch(reason => reason)
  for (const bound of [500, 1000, 2000, 4000]) {
    expect(await h.passWait()).toBe(bound * 0.75)
  }
  expect(random).toHaveBeenCalledTimes(4)
  expect(await error).toMatchObject({ code: 'http', httpStatus: 502, transient: true })
  expect(h.server.requests).toHaveLength(5)
})

test.each([
  ['seconds', () => '7'],
  ['a date', () => new Date(Date.now() + 7000).toUTCString()],
])('waits as long as Retry-After says in %s', async (_, value) => {
  h.server.faults = [(_request, response) => json(response, 429, {}, { 'Retry-After': value() })]
  const handle = h.client.run('sum', {})
  expect(await h.passWait()).toBe(7000)
  await h.until(() => handle.uuid)
})

test('rejects at once where Retry-After is beyond giveUpAfter', async () => {
  h.server.faults = [
    (_request, response) => json(response, 503, { detail: 'Upgrading.' }, { 'Retry-After': '3600' }),
  ]
  await expect(h.client.run('sum', {})).rejects.toMatchObject({ httpStatus: 503, retryAfter: 3600000 })
  expect(h.server.requests).toHaveLength(1)
})

test.each([400, 403, 404, 405, 409, 413, 415, 422, 500])('a %i is final', async status => {
  const detail = { detail: 'No.' }
  h.server.faults = [(_request, response) => json(response, status, detail)]
  const message = `The server answered ${status}: No.`
  await expect(h.client.run('sum', {})).rejects.toMatchObject({
    code: 'http',
    httpStatus: status,
    detail,
    message,
  })
  expect(h.server.requests).toHaveLength(1)
})

test('a 401 is tried once more with headers made anew', async () => {
  const tokens = ['old', 'new']
  h.client.options.headers = async () => ({ Authorization: tokens.shift() as string })
  h.server.faults = [(_request, response) => json(response, 401, { detail: 'Expired.' })]
  const handle = h.client.run('sum', {})
  expect(await h.passWait()).toBeLessThanOrEqual(500)
  await h.until(() => handle.uuid)
  expect(h.server.posts.map(({ headers }) => headers.authorization)).toEqual(['old', 'new'])
})

test('a second 401 is final', async () => {
  h.server.fault = (_request, response) => json(response, 401, { detail: 'Expired.' })
  const error = h.client.run('sum', {}).catch(reason => reason)
  expect(await h.passWait()).toBeLessThanOrEqual(500)
  expect(await error).toMatchObject({
    httpStatus: 401,
    message: 'The server answered 401: Expired.',
  })
  expect(h.server.requests).toHaveLength(2)
})

test('errors by field are in the detail and in the message', async () => {
  const detail = { inputs: { numbers: ['This field is required.'] } }
  h.server.faults = [(_request, response) => json(response, 400, detail)]
  const error = await h.client.run('sum', {}).catch(reason => reason)
  expect(error.detail).toEqual(detail)
  expect(error.message).toBe('The server answered 400: inputs.numbers: This field is required.')
})

test.each([
  [{ inputs: { seconds: ["'ten' is not a number."] } }, "inputs.seconds: 'ten' is not a number."],
  [{ task: ['Unknown.'], inputs: { x: ['A.', 'B.'] } }, 'task: Unknown. inputs.x: A. inputs.x: B.'],
  [{ inputs: { list: { 2: { name: ['Too long.'] } } } }, 'inputs.list.2.name: Too long.'],
  [{ inputs: { rows: [{}, { detail: ['Bad.'] }] } }, 'inputs.rows.detail: Bad.'],
  [{ detail: { inputs: { x: ['Bad.'] } } }, 'inputs.x: Bad.'],
  [['All wrong.'], 'All wrong.'],
])('the errors %j are said in words', async (detail, words) => {
  h.server.faults = [(_request, response) => json(response, 400, detail)]
  const message = `The server answered 400: ${words}`
  await expect(h.client.run('sum', {})).rejects.toMatchObject({ message, detail })
})

const circle: Record<string, unknown> = {}
circle.self = circle

test.each([
  ['NaN', { x: Number.NaN }, /x is NaN/],
  ['Infinity', { list: [1, Number.POSITIVE_INFINITY] }, /1 is Infinity/],
  ['a BigInt', { x: 1n }, /x is 1/],
  ['a function', { x: () => {} }, /x is \(\) => \{/],
  ['a cycle', circle, /circular/],
  ['a map', { x: new Map([[1, 2]]) }, /x is \[object Map\]/],
  ['a set', { x: new Set([1]) }, /x is \[object Set\]/],
  ['a pattern', { x: /a/ }, /x is \/a\//],
  ['a blob', { x: new Blob(['text']) }, /x is \[object Blob\]/],
  ['a typed array', { x: new Uint8Array(2) }, /x is 0,0/],
  ['a symbol', { x: Symbol('mine') }, /x is Symbol\(mine\)/],
  ['undefined in an array', { x: [1, undefined] }, /1 is undefined/],
  ['an invalid date', { x: new Date('soon') }, /x is Invalid Date/],
  ['a number for an object', 0, /0 is no object/],
  ['an empty string for an object', '', /: {2}is no object/],
])('inputs with %s reject and send nothing', async (_, inputs, message) => {
  const error = await h.client.run('sum', inputs as object).catch(reason => reason)
  expect(error).toMatchObject({ code: 'invalid_inputs' })
  expect(error.message).toMatch(/^The inputs of "sum" cannot be sent as JSON: /)
  expect(error.message).toMatch(message)
  expect(h.server.requests).toHaveLength(0)
})

test('inputs of all that JSON can carry are sent', async () => {
  class Point {
    x = 1
  }
  const inputs = {
    date: new Date(0),
    point: new Point(),
    bare: Object.assign(Object.create(null), { x: null }),
    list: [[], {}, null, true, 'text'],
    left: undefined,
    url: new URL('http://example.com/'),
  }
  h.client.run('sum', inputs)
  await h.until(() => h.server.posts.length)
  expect(JSON.parse(h.server.posts[0]?.body as string).inputs).toEqual(JSON.parse(JSON.stringify(inputs)))
})

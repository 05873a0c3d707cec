import { readFileSync } from 'node:fs'
import { expect, test, vi } from 'vitest'
import { defaults } from '../src/options'
import { useHarness } from './harness'

const h = useHarness()

test.each([
  ['baseURL', '', 'a non-empty string'],
  ['baseURL', null, 'a non-empty string'],
  ['baseURL', undefined, 'a non-empty string'],
  ['baseURL', new URL('http://example.com/tasks/'), 'a non-empty string'],
  ['csrfCookieName', '', 'a non-empty string'],
  ['csrfHeaderName', '', 'a non-empty string'],
  ['corsMode', 'no-cors', '"same-origin" or "cors"'],
  ['transport', 'websocket', '"auto", "sse" or "poll"'],
  ['pollInterval', 'fast', 'whole milliseconds from 10 to 999999999'],
  ['pollInterval', 1, 'whole milliseconds from 10 to 999999999'],
  ['pollInterval', -1000, 'whole milliseconds from 10 to 999999999'],
  ['pollInterval', Number.NaN, 'whole milliseconds from 10 to 999999999'],
  ['pollInterval', -5n, 'whole milliseconds from 10 to 999999999'],
  ['pollInterval', 1000n, 'whole milliseconds from 10 to 999999999'],
  ['pollInterval', Symbol('slow'), 'whole milliseconds from 10 to 999999999'],
  ['pollInterval', 2 ** 31, 'whole milliseconds from 10 to 999999999'],
  ['requestTimeout', 0, 'whole milliseconds from 10 to 999999999'],
  ['giveUpAfter', Number.POSITIVE_INFINITY, 'whole milliseconds from 10 to 999999999'],
])('$0 may not be $1', async (name, value, allowed) => {
  Object.assign(h.client.options, { [name]: value })
  const quoted = typeof value === 'string' ? `"${value}"` : String(value)
  const message = `options.${name} is ${quoted}, must be ${allowed}.`
  const expected = { code: 'invalid_options', message }
  await expect(h.client.run('sum', {})).rejects.toMatchObject(expected)
  await expect(h.client.list()).rejects.toMatchObject(expected)
  await expect(h.client.cancel(h.server.add().uuid)).rejects.toMatchObject(expected)
  expect(h.server.requests).toEqual([])
})

test('a name that is none is told', async () => {
  const error = h.createClient({ baseUrl: '/x/' } as never).list()
  await expect(error).rejects.toMatchObject({ message: 'options.baseUrl is not an option.' })
})

test('an option that goes bad while a task is watched rejects it', async () => {
  const handle = h.client.watch(h.server.add().uuid)
  const error = handle.catch(reason => reason)
  await h.passWait()
  await h.until(() => handle.getSnapshot() && h.waits().length)
  h.client.options.pollInterval = 'slow' as never
  await h.passWait()
  expect(await error).toMatchObject({ code: 'invalid_options' })
})

test.each([
  ['baseURL is a URL object', () => ({ baseURL: new URL(h.server.baseURL) })],
  ['baseURL has no prototype', () => ({ baseURL: Object.create(null) })],
  ['pollInterval is a BigInt', () => ({ pollInterval: -5n })],
  ['pollInterval is a symbol', () => ({ pollInterval: Symbol('slow') })],
])('a watched task rejects where %s', async (_, options) => {
  const handle = h.createClient(options() as never).watch(h.server.add().uuid)
  const error = handle.catch(reason => reason)
  await h.passWait()
  expect(await error).toMatchObject({ name: 'TaskError', code: 'invalid_options' })
  expect(h.clock.timers).toEqual([])
})

test('a deleted option is told, to a watched task too', async () => {
  delete (h.client.options as { baseURL?: string }).baseURL
  const message = 'options.baseURL is undefined, must be a non-empty string.'
  const expected = { code: 'invalid_options', message }
  const error = h.client.watch(h.server.add().uuid).catch(reason => reason)
  await h.passWait()
  expect(await error).toMatchObject(expected)
  await expect(h.client.run('sum', {})).rejects.toMatchObject(expected)
})

test('whatever is thrown while a task is watched, its watchers learn of it', async () => {
  const trouble = new Error('No timers.')
  const handle = h.client.watch(h.server.add().uuid)
  const error = handle.catch(reason => reason)
  await h.passWait()
  await h.until(() => handle.getSnapshot() && h.waits().length)
  vi.spyOn(Math, 'random').mockImplementation(() => {
    throw trouble
  })
  h.server.fault = (_request, response) => response.destroy()
  await h.passWait()
  expect(await error).toMatchObject({
    name: 'TaskError',
    code: 'unexpected',
    message: 'Error: No timers.',
    cause: trouble,
  })
})

test('a page without random numbers rejects a run with a TaskError', async () => {
  vi.spyOn(crypto, 'getRandomValues').mockImplementation(() => {
    throw new TypeError('There are none.')
  })
  await expect(h.client.run('sum', {})).rejects.toMatchObject({ name: 'TaskError', code: 'unexpected' })
})

test('a symbol that headers reject with is told', async () => {
  vi.spyOn(Math, 'random').mockReturnValue(0.5)
  h.client.options.giveUpAfter = 10
  h.client.options.headers = () => Promise.reject(Symbol('No token'))
  await expect(h.client.list()).rejects.toThrow(/cannot be reached: Symbol\(No token\)\./)
})

test('a baseURL may lack its last slash', async () => {
  h.client.options.baseURL = `${h.server.origin}/tasks`
  await h.client.list()
  expect(h.server.requests[0]?.url).toMatch(/^\/tasks\/(\?|$)/)
})

test('outside of a browser a path alone is no baseURL, which is told at once', async () => {
  h.client.options.baseURL = '/tasks/'
  await expect(h.client.run('sum', {})).rejects.toMatchObject({
    code: 'network',
    message:
      '/tasks/ cannot be reached: TypeError: Invalid URL. Check the server, options.baseURL and options.corsMode.',
  })
  expect(h.clock.timers).toEqual([])
})

test('headers may be an object or a function', async () => {
  h.client.options.headers = { Authorization: 'Token 1' }
  await h.client.list()
  h.client.options.headers = () => ({ Authorization: 'Token 2' })
  await h.client.list()
  h.client.options.headers = async () => ({ Authorization: 'Token 3' })
  await h.client.list()
  expect(h.server.requests.map(({ headers }) => headers.authorization)).toEqual([
    'Token 1',
    'Token 2',
    'Token 3',
  ])
})

test('a function for headers that fails is told as the cause', async () => {
  vi.spyOn(Math, 'random').mockReturnValue(0.5)
  h.client.options.giveUpAfter = 10
  h.client.options.headers = () => Promise.reject(new Error('No token.'))
  const error = h.client.list()
  await expect(error).rejects.toMatchObject({ code: 'network', cause: new Error('No token.') })
  await expect(error).rejects.toThrow(/Error: No token\./)
})

test('fetch may be another', async () => {
  const urls: unknown[] = []
  h.client.options.fetch = (url, init) => {
    urls.push(url)
    return fetch(url, init)
  }
  await h.client.list({ task: 'sum' })
  expect(urls).toEqual([`${h.server.baseURL}?task=sum&`])
})

test('list filters, and goes on with a cursor of the server', async () => {
  h.server.add()
  const other = h.server.add({ task: 'other', status: 'failed' } as never)
  expect((await h.client.list()).results).toHaveLength(2)
  expect(await h.client.list({ task: 'other', status: 'failed' })).toEqual({
    next: null,
    previous: null,
    results: [other],
  })
  await expect(h.client.list({ cursor: 5 as never })).rejects.toMatchObject({ name: 'TaskError' })
  expect((await h.client.list(null)).results).toHaveLength(2)
  h.server.requests = []
  await h.client.list({ cursor: 'http://internal.example/tasks/?cursor=abc&task=sum' })
  expect(h.server.requests[0]?.url).toBe('/tasks/?cursor=abc&task=sum')
})

test('each default in the documentation is the default', () => {
  const source = readFileSync(new URL('../src/options.ts', import.meta.url), 'utf8')
  const documented: Record<string, unknown> = {}
  for (const [, value, name] of source.matchAll(/@defaultValue (.+)\n\s*\*\/\n\s*(\w+):/g)) {
    documented[name as string] =
      value === 'undefined' ? undefined : JSON.parse((value as string).replaceAll("'", '"'))
  }
  expect(documented).toEqual(defaults)
})

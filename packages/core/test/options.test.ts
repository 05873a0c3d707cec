import { readFileSync } from 'node:fs'
import { expect, test, vi } from 'vitest'
import { defaults } from '../src/options'
import { useHarness } from './harness'

const h = useHarness()

test.each([
  ['baseURL', '', '/./'],
  ['baseURL', null, '/./'],
  ['baseURL', undefined, '/./'],
  ['csrfCookieName', '', '/./'],
  ['csrfHeaderName', '', '/./'],
  ['corsMode', 'no-cors', '/^(same-origin|cors)$/'],
  ['transport', 'websocket', '/^(auto|poll)$/'],
  ['transport', 'sse', '/^(auto|poll)$/'],
  ['pollInterval', 'fast', '/^\\d{2,9}$/'],
  ['pollInterval', 1, '/^\\d{2,9}$/'],
  ['pollInterval', -1000, '/^\\d{2,9}$/'],
  ['pollInterval', Number.NaN, '/^\\d{2,9}$/'],
  ['pollInterval', 2 ** 31, '/^\\d{2,9}$/'],
  ['requestTimeout', 0, '/^\\d{2,9}$/'],
  ['giveUpAfter', Number.POSITIVE_INFINITY, '/^\\d{2,9}$/'],
])('%s may not be %j', async (name, value, pattern) => {
  Object.assign(h.client.options, { [name]: value })
  const message = `options.${name} must match ${pattern}; it is ${JSON.stringify(value)}.`
  const expected = { code: 'invalid_options', message }
  await expect(h.client.run('sum', {})).rejects.toMatchObject(expected)
  await expect(h.client.list()).rejects.toMatchObject(expected)
  await expect(h.client.cancel(h.server.add().uuid)).rejects.toMatchObject(expected)
  expect(h.server.requests).toEqual([])
})

test('a name that is none is told', async () => {
  const error = h.createClient({ baseUrl: '/x/' } as never).list()
  await expect(error).rejects.toMatchObject({ message: 'options.baseUrl is not an option; it is "/x/".' })
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

test('a baseURL may lack its last slash', async () => {
  h.client.options.baseURL = `${h.server.origin}/tasks`
  await h.client.list()
  expect(h.server.requests[0]?.url).toMatch(/^\/tasks\/(\?|$)/)
})

test('outside of a browser a path alone is no baseURL', async () => {
  h.client.options.baseURL = '/tasks/'
  vi.spyOn(Math, 'random').mockReturnValue(0.5)
  h.client.options.giveUpAfter = 10
  await expect(h.client.run('sum', {})).rejects.toThrow(
    /^\/tasks\/ cannot be reached: TypeError: Invalid URL. Check the server, options.baseURL/,
  )
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
  await h.client.list({ cursor: 'http://internal.example/tasks/?cursor=abc&task=sum' })
  expect(h.server.requests[2]?.url).toBe('/tasks/?cursor=abc&task=sum')
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

// @vitest-environment jsdom
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { TaskHandle } from '../src/handle'
import { useHarness } from './harness'

declare const jsdom: { reconfigure(settings: { url: string }): void }

const h = useHarness()

beforeEach(() => {
  jsdom.reconfigure({ url: `${h.server.origin}/page/` })
  h.client.options.baseURL = '/tasks/'
  document.body.innerHTML = document.head.innerHTML = ''
  // biome-ignore lint/suspicious/noDocumentCookie: Django's comes this way too.
  for (const name of ['csrftoken', 'csrf-tok', 'xcsrftoken']) document.cookie = `${name}=; max-age=0; path=/`
})

function setCookie(text: string): void {
  // biome-ignore lint/suspicious/noDocumentCookie: Django's comes this way too.
  document.cookie = `${text}; path=/`
}

const addInput = (value: string) => {
  document.body.innerHTML = `<form><input type="hidden" name="csrfmiddlewaretoken" value="${value}"></form>`
}
const addMeta = (value: string) => {
  document.head.innerHTML = `<meta name="csrf-token" content="${value}">`
}

async function postedToken(header = 'x-csrftoken'): Promise<unknown> {
  h.client.run('sum', {})
  await h.until(() => h.server.posts.length)
  return h.server.posts[0]?.headers[header]
}

test('a path as baseURL is on the origin of the page', async () => {
  h.client.run('sum', {})
  await h.until(() => h.server.posts.length)
  expect(h.server.posts[0]?.url).toBe('/tasks/')
})

test('a path as baseURL follows the base element of the page', async () => {
  document.head.innerHTML = '<base href="/app/">'
  h.client.options.baseURL = 'tasks/'
  h.client.list().catch(() => {})
  await h.until(() => h.server.requests.length)
  expect(h.server.requests[0]?.url).toMatch(/^\/app\/tasks\//)
})

test('the token comes from the cookie', async () => {
  setCookie('xcsrftoken=wrong')
  setCookie('csrftoken=from-cookie')
  setCookie('other=1')
  addInput('from-input')
  expect(await postedToken()).toBe('from-cookie')
})

test('without the cookie the token comes from a form', async () => {
  addMeta('from-meta')
  addInput('from-input')
  expect(await postedToken()).toBe('from-input')
})

test('without a form the token comes from a meta tag', async () => {
  addMeta('from-meta')
  expect(await postedToken()).toBe('from-meta')
})

test('without any token there is no header', async () => {
  expect(await postedToken()).toBeUndefined()
})

test('the names of cookie and header may be others', async () => {
  setCookie('csrf-tok=secret')
  h.client.options.csrfCookieName = 'csrf-tok'
  h.client.options.csrfHeaderName = 'X-CSRF'
  expect(await postedToken('x-csrf')).toBe('secret')
})

test('reading sends no token', async () => {
  setCookie('csrftoken=secret')
  await h.client.list()
  expect(h.server.requests[0]?.headers).not.toHaveProperty('x-csrftoken')
})

test('another origin gets no token, whatever form its address has', async () => {
  jsdom.reconfigure({ url: 'http://page.example/' })
  setCookie('csrftoken=secret')
  h.client.options.corsMode = 'cors'
  const sent: Record<string, unknown> = {}
  h.client.options.fetch = (url, init) => {
    sent[url as string] = new Headers(init?.headers).get('X-CSRFToken')
    return Promise.reject(new Error('This is only a test.'))
  }
  for (const baseURL of [
    '//evil.example/',
    '/\\evil.example/',
    'http:\\\\evil.example/',
    'https://page.example/',
    '/\t/evil.example/',
    '/tasks/',
    'http://PAGE.example:80/tasks/',
  ]) {
    h.client.options.baseURL = baseURL
    h.client.run('sum', {})
    await h.settle()
  }
  expect(sent).toEqual({
    'http://evil.example/': null,
    'https://page.example/': null,
    'http://page.example/tasks/': 'secret',
  })
})

test('mode and credentials follow corsMode', async () => {
  const inits: (RequestInit | undefined)[] = []
  h.client.options.fetch = (url, init) => {
    inits.push(init)
    return fetch(url, init)
  }
  await h.client.list()
  h.client.options.corsMode = 'cors'
  await h.client.list()
  expect(inits).toMatchObject([
    { mode: 'same-origin', credentials: 'same-origin', cache: 'no-store' },
    { mode: 'cors', credentials: 'include', cache: 'no-store' },
  ])
})

function hide(hidden: boolean): void {
  vi.spyOn(document, 'hidden', 'get').mockReturnValue(hidden)
  document.dispatchEvent(new Event('visibilitychange', { bubbles: true }))
}

let end = () => {}
afterEach(() => end())

async function watchOne(): Promise<void> {
  const handle = h.client.watch(h.server.add().uuid)
  end = handle.subscribe(() => {})
  await h.passWait()
  await h.until(() => handle.getSnapshot() && h.waits().length)
}

test('a hidden tab polls every 30 seconds, and at once when it is seen again', async () => {
  await watchOne()
  hide(true)
  h.clock.pass(1000)
  await h.until(() => h.server.polls.length === 2 && h.waits().includes(30000))
  h.clock.pass(29999)
  await h.settle()
  expect(h.server.polls).toHaveLength(2)
  h.clock.pass(1)
  await h.until(() => h.server.polls.length === 3 && h.waits().length)
  hide(false)
  expect(await h.passWait()).toBe(50)
  await h.until(() => h.server.polls.length === 4)
})

const state = () => h.client.connection.getSnapshot()

async function streamOne(transport: 'auto' | 'sse', own?: typeof fetch): Promise<{ handle: TaskHandle }> {
  h.client = h.createClient({ transport, baseURL: '/tasks/', fetch: own })
  const handle = h.client.watch(h.server.add().uuid)
  end = handle.subscribe(() => {})
  await h.until(() => handle.getSnapshot() && state() === 'live')
  return { handle }
}

test('a hidden tab gives up its stream after five seconds, and takes it up again when it is seen', async () => {
  const { handle } = await streamOne('auto')
  hide(true)
  h.clock.pass(4999)
  await h.settle()
  expect([state(), h.server.streams.length]).toEqual(['live', 1])
  h.clock.pass(1)
  expect(await h.passWait()).toBe(50)
  await h.until(() => state() === 'polling' && !h.server.streams.length)
  expect(h.waits()).toEqual([30000])
  h.server.change(handle.uuid as string, { progress: 1 })
  await h.passWait()
  await h.until(() => handle.getSnapshot()?.progress === 1)
  hide(false)
  expect(await h.passWait()).toBe(50)
  await h.until(() => state() === 'live')
  h.server.succeed(handle.uuid as string)
  expect((await handle).status).toBe('succeeded')
  await h.settle()
  expect(h.clock.timers).toEqual([])
})

test('a hidden tab gives up its stream before it polls: other tabs may have all other connections', async () => {
  let stream: AbortSignal | null | undefined
  const wasGivenUp: (boolean | undefined)[] = []
  await streamOne('auto', (url, init) => {
    if (String(url).includes('/events/')) stream = init?.signal
    else if (stream) wasGivenUp.push(stream.aborted)
    return fetch(url, init)
  })
  hide(true)
  h.clock.pass(5000)
  await h.passWait()
  await h.until(() => state() === 'polling')
  expect(wasGivenUp).toEqual([true])
})

test('a tab that is hidden for a moment keeps its stream, however often', async () => {
  await streamOne('auto')
  for (let i = 0; i < 5; i++) {
    hide(true)
    h.clock.pass(1000)
    hide(false)
  }
  h.clock.pass(4999)
  await h.settle()
  expect([state(), h.waits(), h.server.streamRequests.length]).toEqual(['live', [], 1])
})

test('a tab that is seen again after its stream was silent for long opens another', async () => {
  await streamOne('sse')
  hide(true)
  h.clock.pass(20001)
  hide(false)
  expect(await h.passWait()).toBe(50)
  await h.until(() => h.server.streamRequests.length === 2 && h.server.streams.length === 1)
})

test('a hidden tab keeps a stream that was asked for by name', async () => {
  await streamOne('sse')
  hide(true)
  for (let i = 0; i < 3; i++) {
    h.clock.pass(5000)
    await h.settle()
  }
  expect([state(), h.waits(), h.server.streamRequests.length]).toEqual(['live', [], 1])
  hide(false)
})

test('a tab that is hidden while it reads the tasks opens no stream', async () => {
  let answer = () => {}
  h.client = h.createClient({ transport: 'auto', baseURL: '/tasks/' })
  h.server.faults = [
    (request, response) => {
      answer = () => h.server.answer(request, response)
    },
  ]
  const handle = h.client.watch(h.server.add().uuid)
  end = handle.subscribe(() => {})
  await h.until(() => h.server.polls.length)
  hide(true)
  h.clock.pass(5000)
  expect(await h.passWait()).toBe(50)
  answer()
  await h.until(() => state() === 'polling')
  await h.settle()
  expect([h.server.streamRequests.length, h.waits()]).toEqual([0, [30000]])
  hide(false)
})

test('a run that is started in a hidden tab opens no stream and resolves', async () => {
  h.client = h.createClient({ transport: 'auto', baseURL: '/tasks/' })
  hide(true)
  const handle = h.client.run('sum', { numbers: [] })
  handle.subscribe(() => {})
  await h.until(() => handle.uuid)
  expect(await h.passWait()).toBe(50)
  await h.until(() => state() === 'polling')
  h.server.succeed(handle.uuid as string)
  expect(await h.passWait()).toBe(30000)
  expect((await handle).status).toBe('succeeded')
  expect(h.server.streamRequests).toEqual([])
  hide(false)
})

test.each(['online', 'pageshow'])('a stream is dead after %s: it opens one other', async type => {
  await streamOne('sse')
  window.dispatchEvent(new Event(type))
  window.dispatchEvent(new Event('online'))
  document.dispatchEvent(new Event('visibilitychange', { bubbles: true }))
  expect(await h.passWait()).toBe(50)
  await h.until(() => h.server.streamRequests.length === 2 && h.server.streams.length === 1)
  end()
  await h.until(() => !h.server.streams.length)
  expect(h.clock.timers).toEqual([])
})

test.each(['online', 'pageshow'])('%s polls at once, and ends the wait after a failure', async type => {
  await watchOne()
  h.server.faults = [(_request, response) => void response.writeHead(503, { 'Retry-After': '40' }).end()]
  await h.passWait()
  await h.until(() => h.waits().includes(40000))
  window.dispatchEvent(new Event(type))
  expect(await h.passWait()).toBe(50)
  await h.until(() => h.server.polls.length === 3)
})

test('a page that is shown for the first time does not wake', async () => {
  await watchOne()
  window.dispatchEvent(Object.assign(new Event('pageshow'), { persisted: false }))
  expect(h.waits()).toEqual([1000])
})

test('waking replaces a request that may be dead', async () => {
  await watchOne()
  let closed = false
  h.server.faults = [
    (_request, response) => {
      response.on('close', () => {
        closed = true
      })
    },
  ]
  await h.passWait()
  await h.until(() => h.server.polls.length === 2)
  window.dispatchEvent(new Event('online'))
  await h.until(() => closed)
  await h.passWait()
  await h.until(() => h.server.polls.length === 3 && h.waits().length)
  expect(h.waits()).toEqual([1000])
})

test('a page that nobody watches from has no listeners of the library', async () => {
  const added = vi.spyOn(window, 'addEventListener')
  await watchOne()
  for (let i = 0; i < 3; i++) window.dispatchEvent(new Event('online'))
  expect(h.waits()).toEqual([50])
  const signals = () => added.mock.calls.map(([, , options]) => (options as AddEventListenerOptions).signal)
  expect(signals().filter(signal => !signal?.aborted)).toHaveLength(3)
  end()
  expect(signals().filter(signal => !signal?.aborted)).toEqual([])
  window.dispatchEvent(new Event('online'))
  hide(false)
  expect(h.clock.timers).toEqual([])
})

test('a browser that keeps listeners for good wakes nobody who has stopped watching', async () => {
  const add = window.addEventListener
  vi.spyOn(window, 'addEventListener').mockImplementation((type, listener) =>
    add.call(window, type, listener as EventListener),
  )
  await streamOne('auto')
  end()
  await h.until(() => !h.server.streams.length)
  window.dispatchEvent(new Event('online'))
  hide(false)
  await h.settle()
  expect([h.clock.timers, state(), h.server.streamRequests.length]).toEqual([[], 'idle', 1])
})

test('a callback that throws is raised as an error of the page', async () => {
  const reported = vi.fn()
  vi.stubGlobal('reportError', reported)
  h.server.onCreate = () => ({ status: 'succeeded' }) as never
  const result = h.client.run('sum', {}, () => {
    throw new Error('Mine.')
  })
  expect((await result).status).toBe('succeeded')
  expect(reported.mock.calls).toEqual([[new Error('Mine.')]])
})

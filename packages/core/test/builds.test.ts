import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { runInNewContext } from 'node:vm'
import { gzipSync } from 'node:zlib'
import { minifySync } from '@swc/core'
import { parse } from 'acorn'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { DefaultClient } from '../src/defaultClient'
import { TaskServer } from './taskServer'

const require = createRequire(import.meta.url)

type PageWindow = Window & { eval(code: string): unknown; TaskAPI: DefaultClient } & Record<string, unknown>
interface PageSettings {
  url: string
  runScripts: string
  beforeParse(window: PageWindow): void
}
const { JSDOM } = require('jsdom') as {
  JSDOM: new (html: string, settings: PageSettings) => { window: PageWindow }
}

const root = new URL('..', import.meta.url)
const dist = (name: string) => new URL(`dist/${name}`, root)
const read = (name: string) => readFileSync(dist(name), 'utf8')
const scripts = ['django-task-api.min.js', 'django-task-api.legacy.min.js']
const functions = ['run', 'watch', 'list', 'cancel', 'retry', 'createClient', 'TaskError']

let server: TaskServer
beforeAll(async () => {
  server = await new TaskServer().start()
})
beforeEach(() => {
  server.requests = []
  server.onCreate = ({ inputs }) =>
    ({
      status: 'succeeded',
      outputs: { sum: inputs.numbers.reduce((a: number, b: number) => a + b) },
    }) as never
})
afterAll(() => server.stop())

/** Runs a task that succeeds, one that fails and one that must be polled for, in a build that the test loaded. */
async function tryOut(tasks: DefaultClient): Promise<void> {
  expect(Object.keys(tasks)).toEqual(expect.arrayContaining([...functions, 'options']))
  tasks.options.baseURL = server.baseURL
  tasks.options.pollInterval = 10
  expect((await tasks.run('sum', { numbers: [1, 2] })).outputs.sum).toBe(3)
  server.onCreate = () =>
    ({ status: 'failed', error: { code: 'lost', message: 'The worker was lost.' } }) as never
  const error = await tasks.run('sum', {}).catch(reason => reason)
  expect(error).toBeInstanceOf(tasks.TaskError)
  expect([error.name, error.code, error.message, error.status]).toEqual([
    'TaskError',
    'lost',
    'The worker was lost.',
    'failed',
  ])
  server.onCreate = () => ({})
  const progress: unknown[] = []
  const handle = tasks.run('sum', {}, info => {
    progress.push(info.status)
    server.succeed(info.uuid, { sum: 7 })
  })
  expect((await handle).outputs.sum).toBe(7)
  expect(progress).toEqual(['pending', 'succeeded'])
}

/** Loads a script as a page does, with the features that it may use. */
function load(name: string, page: Record<string, unknown>): DefaultClient {
  page.self = page
  page.window = page
  runInNewContext(read(name), page)
  return page.TaskAPI as DefaultClient
}

test('the ES module has the functions by name and a default export', async () => {
  const module = await import(dist('index.mjs').href)
  expect(Object.keys(module).sort()).toEqual([...functions, 'connection', 'default', 'options'].sort())
  expect(module.options).toBe(module.default.options)
  await tryOut(module.default)
})

test('require gives an object whose run and options work', async () => {
  const tasks = require('django-task-api')
  expect(tasks.options).toBe(tasks.default.options)
  await tryOut(tasks)
})

test('the package resolves by its own name for import too', async () => {
  const { default: tasks } = await import('django-task-api')
  expect(tasks.run).toBeTypeOf('function')
})

test('the script sets the global TaskAPI', async () => {
  const { setTimeout, clearTimeout, URL, AbortController, TextDecoder, crypto, fetch } = globalThis
  const page = { setTimeout, clearTimeout, URL, AbortController, TextDecoder, crypto, fetch, console }
  await tryOut(load(scripts[0] as string, page))
  expect(server.streamRequests).toHaveLength(1)
  expect(server.polls).toEqual([])
})

test('a page with the script has TaskAPI, talks to its own origin and sends its token', async () => {
  const page = new JSDOM(`<script>${read(scripts[0] as string)}</script>`, {
    url: `${server.origin}/page/`,
    runScripts: 'dangerously',
    beforeParse: window => {
      window.fetch = (url: string, init: RequestInit) => {
        const { signal: _, ...rest } = init
        return fetch(url, rest)
      }
      window.document.cookie = 'csrftoken=secret'
    },
  })
  const { TaskAPI } = page.window
  expect((await TaskAPI.run('sum', { numbers: [1, 2] })).outputs.sum).toBe(3)
  expect(server.requests[0]).toMatchObject({ url: '/tasks/', headers: { 'x-csrftoken': 'secret' } })
  page.window.close()
})

test.each(scripts)('%s works with AMD and CommonJS', name => {
  const defined: { run?: unknown }[] = []
  const define = Object.assign((factory: () => object) => defined.push(factory()), { amd: {} })
  runInNewContext(read(name), { define, self: globalThis, setTimeout })
  const module = { exports: {} as { run?: unknown } }
  runInNewContext(read(name), { module, exports: module.exports, self: globalThis, setTimeout })
  expect(defined[0]?.run).toBeTypeOf('function')
  expect(module.exports.run).toBeTypeOf('function')
})

test('the script is an ES2020 script, and the legacy script is ES5', () => {
  parse(read(scripts[0] as string), { ecmaVersion: 2020 })
  parse(read(scripts[1] as string), { ecmaVersion: 5 })
  expect(() => parse(read(scripts[0] as string), { ecmaVersion: 5 })).toThrow(SyntaxError)
})

/** A page of the year 2011: nothing in it is younger than ES5 and XMLHttpRequest. */
function oldPage(): PageWindow {
  return new JSDOM('<input name="csrfmiddlewaretoken" value="from-form">', {
    url: `${server.origin}/page/`,
    runScripts: 'outside-only',
    beforeParse(window) {
      const globals =
        'Promise Symbol Map Set WeakMap WeakSet Reflect Proxy globalThis URL URLSearchParams Headers Request Response AbortController AbortSignal fetch crypto BigInt'
      for (const name of globals.split(' ')) delete window[name]
      window.eval(`
        ;['assign', 'entries', 'values', 'fromEntries', 'getOwnPropertySymbols'].forEach(function (name) { delete Object[name] })
        ;['from', 'of'].forEach(function (name) { delete Array[name] })
        ;['find', 'findIndex', 'includes', 'fill', 'flat', 'flatMap', 'at', 'keys', 'entries', 'values'].forEach(function (name) { delete Array.prototype[name] })
        ;['includes', 'startsWith', 'endsWith', 'repeat', 'padStart', 'replaceAll'].forEach(function (name) { delete String.prototype[name] })
        ;['isFinite', 'isInteger', 'isNaN'].forEach(function (name) { delete Number[name] })
        // An old browser takes any third argument for a boolean.
        var add = EventTarget.prototype.addEventListener
        EventTarget.prototype.addEventListener = function (type, listener, third) { add.call(this, type, listener, !!third) }
      `)
    },
  }).window
}

test('the legacy script runs on a page that has only ES5 and XMLHttpRequest', async () => {
  const window = oldPage()
  expect(window.eval('typeof Promise + typeof fetch + typeof Symbol')).toBe('undefinedundefinedundefined')
  const before = Object.keys(window)
  window.eval(read(scripts[1] as string))
  const added = Object.keys(window).filter(name => !before.includes(name))
  expect(added.sort()).toEqual(['Headers', 'Promise', 'Request', 'Response', 'TaskAPI', 'fetch'])
  await tryOut(window.TaskAPI)
  expect(server.posts[0]?.headers).toMatchObject({
    'x-csrftoken': 'from-form',
    'content-type': 'application/json',
  })
  expect(server.posts[0]?.headers['idempotency-key']).toMatch(/^\d+(-\d+){3}$/)
  expect(server.polls).not.toEqual([])
  expect(server.streamRequests).toEqual([])
  window.close()
})

test('the legacy script says what went wrong with the network', async () => {
  const window = oldPage()
  window.eval(read(scripts[1] as string))
  window.TaskAPI.options.baseURL = '/tasks/'
  server.fault = (_request, response) => response.writeHead(404, { 'Content-Type': 'text/html' }).end('<h1>')
  const error = (await window.TaskAPI.run('sum', {}).catch(reason => reason)) as Error
  server.fault = undefined
  expect(error.message).toBe(
    `${server.baseURL} answered 404 with text/html instead of a task. Check the server, options.baseURL and that the user is logged in.`,
  )
  window.close()
})

/** The error that a store of the entry `stores` has, and the class of the entry `index`. */
function readAcross(index: typeof import('../src/index'), stores: typeof import('../src/stores')) {
  const store = stores.createTaskStore(index.default, { current: {} }, undefined, 'nonsense')
  store.subscribe(() => {})()
  return [store.getSnapshot().error, index.TaskError] as const
}

test('the stores are apart from the client, and of one kind with it, in both kinds of modules', async () => {
  const modules = [await import(dist('index.mjs').href), await import(dist('stores.mjs').href)] as const
  const required = [
    require(fileURLToPath(dist('index.cjs'))),
    require(fileURLToPath(dist('stores.cjs'))),
  ] as const
  for (const [error, TaskError] of [readAcross(...modules), readAcross(...required)]) {
    expect(error?.code).toBe('not_found')
    expect(error).toBeInstanceOf(TaskError)
  }
  for (const name of ['stores.mjs', 'stores.cjs'])
    expect(read(name)).not.toMatch(/createClient|class TaskError/)
  for (const name of scripts) expect(read(name)).not.toContain('sessionStorage')
})

const gzipped = (name: string) => gzipSync(read(name), { level: 9 }).length

test('the script is small', () => {
  const bytes = gzipped(scripts[0] as string)
  console.log(`django-task-api.min.js: ${bytes} bytes after gzip, of 5250`)
  expect(bytes).toBeLessThanOrEqual(5250)
})

test('the stores are small', () => {
  const { code } = minifySync(read('stores.mjs'), { module: true, mangle: true })
  const bytes = gzipSync(code, { level: 9 }).length
  console.log(`stores.mjs, minified: ${bytes} bytes after gzip, of 1550`)
  expect(bytes).toBeLessThanOrEqual(1550)
})

test.each(['README.md', '../../docs/reference/javascript.md'])('%s tells the sizes of the scripts', page => {
  const text = readFileSync(new URL(page, root), 'utf8')
  for (const name of scripts) {
    const row = text.split('\n').find(line => line.startsWith(`| \`${name}\``))
    expect(row).toMatch(`| ${(gzipped(name) / 1000).toFixed(1)} kB `)
  }
})

test('a build of these sources gives what is in dist, and what the Python package serves', () => {
  const folder = mkdtempSync(join(tmpdir(), 'django-task-api-'))
  execFileSync('node_modules/.bin/tsdown', ['--out-dir', folder], {
    cwd: fileURLToPath(root),
    stdio: 'ignore',
  })
  for (const name of readdirSync(folder)) {
    expect(readFileSync(join(folder, name), 'utf8'), name).toBe(read(name))
  }
  expect(readdirSync(folder).sort()).toEqual(readdirSync(new URL('dist', root)).sort())
  for (const name of scripts) {
    const served = new URL(`../../python/src/task_api/static/${name}`, root)
    expect(readFileSync(served, 'utf8'), `${name}, run: pnpm build`).toBe(read(name))
  }
  rmSync(folder, { recursive: true })
}, 60_000)

test.each([...scripts, 'index.mjs', 'index.cjs'])(
  '%s names no source map and no path of the machine',
  name => {
    expect(read(name)).not.toMatch(/sourceMappingURL|\/work\/|node_modules|file:\/\/\//)
  },
)

test('the legacy script keeps the licences of its polyfills', () => {
  expect(read(scripts[1] as string)).toMatch(/promise-polyfill .* MIT[\s\S]*whatwg-fetch .* MIT/)
})

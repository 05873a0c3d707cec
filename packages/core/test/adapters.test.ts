import { expect, test, vi } from 'vitest'
import { useHarness } from './harness'

// What bindings to frameworks rely on: servers that render, and components that come and go.
const h = useHarness()

test('to import the client, make one and take a task up touches no page and asks nobody', async () => {
  const touched: string[] = []
  for (const name of ['window', 'document', 'location', 'navigator', 'addEventListener', 'fetch', 'crypto'])
    vi.stubGlobal(name, undefined)
  for (const name of ['window', 'document', 'location', 'addEventListener'])
    Object.defineProperty(globalThis, name, {
      configurable: true,
      get: () => touched.push(name) && undefined,
    })
  vi.resetModules()
  const { default: tasks, createClient } = await import('../src/index')
  for (const client of [tasks, createClient({ baseURL: '/api/tasks/' })]) {
    const handle = client.watch('00000000-0000-4000-8000-000000000001')
    expect([handle.uuid, handle.getSnapshot(), handle.error]).toEqual([handle.uuid, undefined, undefined])
    expect(client.connection.getSnapshot()).toBe('idle')
    client.connection.subscribe(() => {})()
  }
  await h.settle()
  vi.unstubAllGlobals()
  for (const name of ['window', 'document', 'location', 'addEventListener'])
    Reflect.deleteProperty(globalThis, name)
  expect(touched).toEqual([])
  expect(h.clock.timers).toEqual([])
})

test.each(['auto', 'sse', 'poll'] as const)(
  'a subscription on a server, where a path is no address, opens nothing and ends with what to do: %s',
  async transport => {
    const send = vi.fn()
    const client = h.createClient({ baseURL: '/tasks/', transport, fetch: send })
    const handle = client.watch(h.server.add().uuid)
    handle.subscribe(() => {})
    if (transport === 'poll') await h.passWait()
    await h.until(() => handle.error)
    expect(handle.error?.message).toMatch(/Invalid URL. Check the server, options.baseURL/)
    await h.settle()
    expect([send.mock.calls, h.clock.timers, client.connection.getSnapshot()]).toEqual([[], [], 'idle'])
  },
)

test.each(['auto', 'sse', 'poll'] as const)(
  'a component that is mounted, unmounted and mounted in one tick asks once: %s',
  async transport => {
    const client = h.createClient({ transport })
    const handle = client.watch(h.server.add().uuid)
    const calls: unknown[] = []
    handle.subscribe(info => calls.push(info))()
    handle.subscribe(info => calls.push(info))()
    const end = handle.subscribe(info => calls.push(info?.version))
    if (transport === 'poll') await h.passWait()
    await h.until(() => handle.getSnapshot() && /live|polling/.test(client.connection.getSnapshot()))
    await h.settle()
    expect(calls).toEqual([1])
    expect(h.server.polls).toHaveLength(1)
    expect(h.server.streamRequests).toHaveLength(transport === 'poll' ? 0 : 1)
    end()
    await h.until(() => !h.server.streams.length)
    expect([h.clock.timers, client.connection.getSnapshot()]).toEqual([[], 'idle'])
  },
)

test('a component that is moved while its task is live has one stream open, and misses nothing', async () => {
  const client = h.createClient({ transport: 'sse' })
  const { uuid } = h.server.add()
  const handle = client.watch(uuid)
  let end = handle.subscribe(() => {})
  await h.until(() => client.connection.getSnapshot() === 'live')
  for (let i = 0; i < 5; i++) {
    end()
    h.server.change(uuid, { progress: i })
    end = handle.subscribe(() => {})
  }
  await h.until(() => handle.getSnapshot()?.progress === 4 && h.server.streams.length === 1)
  expect(h.server.streamRequests).toHaveLength(2)
  expect(h.server.polls).toHaveLength(1)
  end()
  await h.until(() => !h.server.streams.length)
  expect(h.clock.timers).toEqual([])
})

test('a thousand mounts and unmounts leave nothing behind', async () => {
  const client = h.createClient({ transport: 'auto' })
  const handles = Array.from({ length: 10 }, () => client.watch(h.server.add().uuid))
  const ends = Array.from({ length: 1000 }, (_, i) => handles[i % 10]?.subscribe(() => {}))
  await h.until(() => handles.every(handle => handle.getSnapshot()) && h.server.streams.length)
  for (const end of ends) end?.()
  await h.until(() => !h.server.streams.length)
  expect([h.server.polls.length, h.server.streamRequests.length]).toEqual([1, 1])
  expect([h.clock.timers, client.connection.getSnapshot()]).toEqual([[], 'idle'])
})

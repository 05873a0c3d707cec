import type { ServerResponse } from 'node:http'
import { beforeEach, expect, test, vi } from 'vitest'
import { TaskError } from '../src'
import { createListStore, createTaskStore, type Store, type TaskOptions } from '../src/stores'
import { useHarness } from './harness'
import { json } from './taskServer'

const h = useHarness()
const kept = () => sessionStorage.getItem('my-sum')
const resume = 'my-sum'
const listRequests = () => h.server.requests.filter(({ url }) => !url.includes('uuid='))

beforeEach(() => {
  const items = new Map<string, string>()
  vi.stubGlobal('sessionStorage', {
    getItem: (name: string) => items.get(name) ?? null,
    setItem: (name: string, value: string) => void items.set(name, value),
    removeItem: (name: string) => void items.delete(name),
  })
})

/** The store of the task `sum`, and what its component has been shown. */
function createSum(options: TaskOptions = {}, uuid?: string) {
  return createTaskStore(h.createClient({ transport: 'sse' }), { current: options }, 'sum', uuid)
}

/** Subscribes as a component does; gives what ends it. */
const mount = (store: Store<unknown>) => store.subscribe(() => {})

test('a message that resets has no more told of its task', async () => {
  const told: unknown[] = []
  const onMessage = vi.fn(message => {
    told.push(message)
    // What would go on for ever is to fail, not to hang.
    if (told.length < 9) store.getSnapshot().reset()
  })
  const onProgress = vi.fn()
  const store = createSum({ onMessage, onProgress })
  const unmount = mount(store)
  h.server.onCreate = () => ({ status: 'succeeded', messages: ['One.', 'Two.'] }) as never
  store.getSnapshot().run({})
  await h.until(() => told.length)
  await h.settle()
  expect(told).toEqual(['One.'])
  expect(onProgress).not.toHaveBeenCalled()
  expect(store.getSnapshot().isIdle).toBe(true)
  unmount()
})

test('a progress that starts the next run has the callbacks told of that one alone', async () => {
  const told: unknown[] = []
  const store = createSum({
    onProgress(info) {
      told.push(info.uuid)
      if (told.length === 1) store.getSnapshot().run({})
    },
    onSuccess: info => told.push(info.outputs.sum),
  })
  const unmount = mount(store)
  h.server.onCreate = () => ({ status: 'succeeded', outputs: { sum: told.length } }) as never
  store.getSnapshot().run({})
  await h.until(() => store.getSnapshot().isSucceeded && told.length === 3)
  expect(told[1]).not.toBe(told[0])
  expect(told[2]).toBe(1)
  unmount()
})

test('a component that has gone before the task is created finds it when it is back', async () => {
  let answer = () => {}
  h.server.faults = [
    (_request, response) => {
      answer = () => json(response, 201, h.server.add())
    },
  ]
  const store = createSum({ resume })
  const unmount = mount(store)
  store.getSnapshot().run({})
  await h.until(() => h.server.posts.length)
  unmount()
  answer()
  await h.until(kept)
  await h.settle()
  expect([h.server.streamRequests.length, h.server.polls.length, h.clock.timers.length]).toEqual([0, 0, 0])
  const onSuccess = vi.fn()
  const next = createSum({ resume, onSuccess })
  const leave = mount(next)
  await h.until(() => h.server.streams.length)
  h.server.succeed(kept() as string)
  await h.until(() => next.getSnapshot().isSucceeded)
  expect([onSuccess.mock.calls.length, kept()]).toEqual([1, null])
  leave()
})

test('a resumed task that failed is shown, whatever its code', async () => {
  const error = { code: 'header_not_found', message: 'There is no header.' }
  const { uuid } = h.server.add({ status: 'failed', error } as never)
  sessionStorage.setItem('my-sum', uuid)
  const store = createSum({ resume })
  const unmount = mount(store)
  await h.until(() => store.getSnapshot().isFailed)
  expect(store.getSnapshot().error).toMatchObject(error)
  expect(kept()).toBeNull()
  unmount()
})

test.each([401, 403, 404])('a resumed task that an answer of %i refuses is forgotten', async status => {
  sessionStorage.setItem('my-sum', h.server.add().uuid)
  h.server.fault = (_request, response) => json(response, status, { detail: 'No.' })
  const onError = vi.fn()
  const store = createSum({ resume, onError })
  const unmount = mount(store)
  expect(store.getSnapshot().isPending).toBe(true)
  if (status === 401) await h.passWait()
  await h.until(() => store.getSnapshot().isIdle)
  expect([kept(), onError.mock.calls]).toEqual([null, []])
  unmount()
})

test('what is kept of another task is not shown', async () => {
  const onProgress = vi.fn()
  sessionStorage.setItem('my-sum', h.server.add({ task: 'greet' }).uuid)
  const store = createSum({ resume, onProgress })
  const unmount = mount(store)
  await h.until(() => store.getSnapshot().isIdle)
  expect(onProgress).not.toHaveBeenCalled()
  unmount()
})

test('what a server renders stays, whatever is known by now', async () => {
  const client = h.createClient({ transport: 'sse' })
  const { uuid } = h.server.add({ status: 'running' } as never)
  const leave = client.watch(uuid).subscribe(() => {})
  await h.until(() => client.connection.getSnapshot() === 'live')
  const store = createTaskStore(client, { current: {} }, undefined, uuid)
  expect(store.getSnapshot()).toMatchObject({ status: 'running', connection: 'live' })
  expect(store.getServerSnapshot()).toMatchObject({ status: 'pending', connection: 'idle', uuid })
  expect(store.getServerSnapshot().info).toBeUndefined()
  leave()
})

test('an error of the store is an error of the client', async () => {
  const store = createSum({}, 'nonsense')
  const unmount = mount(store)
  expect(store.getSnapshot().error).toBeInstanceOf(TaskError)
  unmount()
})

test('a uuid that is no text is no task', () => {
  const store = createSum({}, Symbol('no') as never)
  const unmount = mount(store)
  expect(store.getSnapshot().error?.message).toBe("There is no task symbol(no), or it is another user's.")
  unmount()
})

/** Has the server wait with its answers to lists; gives the answers that are open. */
function holdLists(): Set<ServerResponse> {
  const open = new Set<ServerResponse>()
  h.server.fault = (_request, response) => {
    open.add(response)
    response.on('close', () => open.delete(response))
  }
  return open
}

test('a slow list is asked for no more once nobody shows it', async () => {
  const open = holdLists()
  const store = createListStore(h.client)
  const unmount = mount(store)
  await h.until(() => open.size)
  unmount()
  await h.until(() => !open.size)
  await h.settle()
  expect(store.getSnapshot()).toMatchObject({ isLoading: true, error: undefined })
  h.server.fault = undefined
  const leave = mount(store)
  await h.until(() => !store.getSnapshot().isLoading)
  expect(listRequests()).toHaveLength(2)
  leave()
})

test('a component that is back at once goes on with the request', async () => {
  const store = createListStore(h.client)
  mount(store)()
  const unmount = mount(store)
  await h.until(() => !store.getSnapshot().isLoading)
  expect(listRequests()).toHaveLength(1)
  unmount()
})

test('a refresh ends the request before it, and neither of them hangs', async () => {
  const open = holdLists()
  const store = createListStore(h.client)
  const unmount = mount(store)
  const first = store.getSnapshot().refresh()
  await h.until(() => open.size)
  h.server.fault = undefined
  await store.getSnapshot().refresh()
  await first
  await h.until(() => !open.size)
  expect(store.getSnapshot()).toMatchObject({ isFetching: false, error: undefined })
  unmount()
})

test('why a refresh failed is told until the next one, whatever the tasks do', async () => {
  const { uuid } = h.server.add()
  const store = createListStore(h.createClient({ transport: 'sse' }))
  const unmount = mount(store)
  await h.until(() => h.server.streams.length)
  h.server.faults = [(_request, response) => json(response, 403, { detail: 'Log in.' })]
  await store.getSnapshot().refresh()
  h.server.change(uuid, { progress: 7 })
  await h.until(() => store.getSnapshot().tasks[0]?.progress === 7)
  expect(store.getSnapshot().error).toMatchObject({ httpStatus: 403 })
  await store.getSnapshot().refresh()
  expect(store.getSnapshot().error).toBeUndefined()
  unmount()
})

test('a list that a signal ends rejects with the code aborted', async () => {
  const open = holdLists()
  const controller = new AbortController()
  const listed = h.client.list({ signal: controller.signal })
  await h.until(() => open.size)
  controller.abort('enough')
  await expect(listed).rejects.toMatchObject({ code: 'aborted', cause: 'enough' })
  await h.until(() => !open.size)
  expect(h.clock.timers).toEqual([])
})

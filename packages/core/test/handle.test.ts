import { expect, test, vi } from 'vitest'
import { TaskError } from '../src/taskError'
import { useHarness } from './harness'
import { json } from './taskServer'

const h = useHarness()

test('then, catch and finally work as those of a promise', async () => {
  h.server.onCreate = () => ({ status: 'succeeded' }) as never
  const handle = h.client.run('sum', {})
  const calls: string[] = []
  const info = await handle.finally(() => calls.push('finally'))
  expect(info.status).toBe('succeeded')
  expect(await handle).toBe(info)
  expect(await handle.catch(() => 'caught')).toBe(info)
  expect(await Promise.all([handle, Promise.resolve(handle)])).toEqual([info, info])
  expect(calls).toEqual(['finally'])
  expect(Object.prototype.toString.call(handle)).toBe('[object TaskHandle]')
})

test('a handle that nobody awaits raises no unhandled rejection', async () => {
  h.server.fault = (_request, response) => json(response, 403, { detail: 'No.' })
  const run = h.client.run('sum', {})
  const watched = h.client.watch(h.server.add().uuid)
  const end = watched.subscribe(() => {})
  await h.passWait()
  await h.until(() => run.error && watched.error)
  end()
  run.cancel()
  watched.cancel()
  h.client.cancel('nonsense')
  h.client.retry('nonsense')
  h.client.list()
  await h.settle()
})

test('a failure is seen by subscribers, and by those who come later', async () => {
  const { uuid } = h.server.add()
  const handle = h.client.watch(uuid)
  const seen: unknown[] = []
  handle.subscribe(() => seen.push(handle.error?.code))
  h.server.change(uuid, {
    status: 'failed',
    error: { code: 'lost', message: 'The worker was lost.' },
  } as never)
  await h.passWait()
  await h.until(() => seen.length)
  expect(seen).toEqual(['lost'])
  expect(handle.getSnapshot()?.status).toBe('failed')
  expect(handle.subscribe(() => seen.push('late'))).toBeTypeOf('function')
  await expect(handle).rejects.toBe(handle.error)
  expect(h.clock.timers).toEqual([])
})

test('a function may subscribe twice and end one of the two', async () => {
  const { uuid } = h.server.add()
  const handle = h.client.watch(uuid)
  let calls = 0
  const listener = () => calls++
  const end = handle.subscribe(listener)
  handle.subscribe(listener)
  end()
  await h.passWait()
  await h.until(() => handle.getSnapshot())
  expect(calls).toBe(1)
})

test('its functions may be taken off and passed on', async () => {
  const { run } = h.client
  h.server.onCreate = () => ({ status: 'succeeded' }) as never
  const { subscribe, getSnapshot } = run('sum', {})
  const seen: unknown[] = []
  subscribe(() => seen.push(getSnapshot()?.status))
  await h.until(() => seen.length)
  expect(seen).toEqual(['succeeded'])
})

test('iterates over snapshots up to the last one', async () => {
  const { uuid } = h.server.add()
  const seen: unknown[] = []
  const loop = (async () => {
    for await (const info of h.client.watch(uuid)) seen.push(info.progress ?? info.status)
  })()
  await h.passWait()
  await h.until(() => seen.length === 1)
  h.server.change(uuid, { progress: 50 })
  await h.passWait()
  await h.until(() => seen.length === 2)
  h.server.change(uuid, { progress: null, status: 'succeeded' } as never)
  await h.passWait()
  await loop
  expect(seen).toEqual(['pending', 50, 'succeeded'])
  expect(h.clock.timers).toEqual([])
})

test('an iteration of a task that fails gives its last snapshot, then throws', async () => {
  const { uuid } = h.server.add({ status: 'failed', error: { code: 'lost', message: 'Lost.' } } as never)
  const seen: unknown[] = []
  const loop = (async () => {
    for await (const info of h.client.watch(uuid)) seen.push(info.status)
  })()
  const error = loop.catch(reason => reason)
  await h.passWait()
  expect(await error).toMatchObject({ code: 'lost' })
  expect(seen).toEqual(['failed'])
})

test('a loop that breaks stops watching', async () => {
  const { uuid } = h.server.add()
  const loop = (async () => {
    for await (const _ of h.client.watch(uuid)) break
  })()
  await h.passWait()
  await loop
  expect(h.clock.timers).toEqual([])
})

test('a slow loop sees the newest snapshot, not all of them', async () => {
  const { uuid } = h.server.add()
  const handle = h.client.watch(uuid)
  const loop = handle[Symbol.asyncIterator]()
  const first = loop.next()
  await h.passWait()
  expect((await first).value?.version).toBe(1)
  for (const version of [2, 3]) {
    h.server.change(uuid, { progress: version })
    await h.passWait()
    await h.until(() => handle.getSnapshot()?.version === version)
  }
  expect((await loop.next()).value?.version).toBe(3)
  await loop.return?.()
  expect(h.clock.timers).toEqual([])
})

test('cancel asks the server, and a waiting task ends without another poll', async () => {
  const handle = h.client.run('sum', {})
  const error = handle.catch(reason => reason)
  // Before the task is there: it is asked for as soon as it is.
  expect((await handle.cancel()).status).toBe('cancelled')
  expect(await error).toMatchObject({ code: 'cancelled', status: 'cancelled', name: 'TaskError' })
  expect(h.server.polls).toEqual([])
  expect(h.clock.timers).toEqual([])
})

test('cancel of a running task is seen at once by all who watch it', async () => {
  const { uuid } = h.server.add({ status: 'running' } as never)
  const handle = h.client.watch(uuid)
  handle.subscribe(() => {})
  await h.passWait()
  await h.until(() => handle.getSnapshot())
  h.server.faults = [
    (_request, response) => {
      h.server.change(uuid, { cancel_requested: true })
      json(response, 200, h.server.tasks[uuid])
    },
  ]
  await h.client.watch(uuid).cancel()
  expect(handle.getSnapshot()).toMatchObject({ status: 'running', cancel_requested: true })
})

test('cancel may end a running task at once', async () => {
  const { uuid } = h.server.add({ status: 'running' } as never)
  await h.client.cancel(uuid, { terminate: true })
  const handle = h.client.run('sum', {})
  await handle.cancel({ terminate: true })
  // Of an event, where it is a listener, it takes nothing.
  const button = h.client.watch(uuid).cancel as (event: object) => Promise<unknown>
  await button({ type: 'click' })
  const cancels = h.server.posts.filter(({ url }) => url.endsWith('/cancel/'))
  expect(cancels.map(({ body }) => body)).toEqual(['{"terminate":true}', '{"terminate":true}', '{}'])
})

test('cancel of a task that could not be created rejects with the reason', async () => {
  h.server.fault = (_request, response) => json(response, 403, { detail: 'No.' })
  await expect(h.client.run('sum', {}).cancel()).rejects.toMatchObject({ httpStatus: 403 })
})

test('a cancel whose answer was lost is asked for again', async () => {
  const { uuid } = h.server.add()
  h.server.faults = [(_request, response) => void response.destroy()]
  const cancelled = h.client.cancel(uuid)
  await h.passWait()
  expect((await cancelled).status).toBe('cancelled')
})

test('a retry whose answer was lost is not asked for again', async () => {
  const { uuid } = h.server.add({ status: 'failed' } as never)
  h.server.faults = [(_request, response) => void response.destroy()]
  await expect(h.client.retry(uuid)).rejects.toMatchObject({ code: 'network' })
  expect(h.server.requests).toHaveLength(1)
})

test('retry gives the task anew', async () => {
  const { uuid } = h.server.add({ status: 'failed' } as never)
  expect(await h.client.retry(uuid)).toMatchObject({ uuid, status: 'pending', version: 2 })
})

test('a signal stops the watching, leaves the task alone and is let go of', async () => {
  const controller = new AbortController()
  const { signal } = controller
  const removed = vi.spyOn(signal, 'removeEventListener')
  const handle = h.client.run('sum', {}, { signal })
  const error = handle.catch(reason => reason)
  await h.until(() => handle.uuid)
  controller.abort()
  expect(await error).toBeInstanceOf(TaskError)
  expect(await error).toMatchObject({
    name: 'AbortError',
    code: 'aborted',
    uuid: handle.uuid,
    cause: signal.reason,
  })
  expect(removed).toHaveBeenCalledWith('abort', expect.any(Function))
  expect(h.clock.timers).toEqual([])
  expect(h.server.requests).toHaveLength(1)
})

test('a settled handle has let go of its signal', async () => {
  h.server.onCreate = () => ({ status: 'succeeded' }) as never
  const controller = new AbortController()
  const added = vi.spyOn(controller.signal, 'addEventListener')
  const removed = vi.spyOn(controller.signal, 'removeEventListener')
  const info = await h.client.run('sum', {}, { signal: controller.signal })
  expect(removed.mock.calls).toEqual(added.mock.calls)
  controller.abort()
  expect(info.status).toBe('succeeded')
})

test('a signal that was aborted before sends nothing', async () => {
  const signal = AbortSignal.abort()
  await expect(h.client.run('sum', {}, { signal })).rejects.toMatchObject({ code: 'aborted' })
  await expect(h.client.watch(h.server.add().uuid, { signal })).rejects.toMatchObject({ code: 'aborted' })
  await h.settle()
  expect(h.server.requests).toEqual([])
})

test('to cancel what a signal has ended before rejects with a TaskError too', async () => {
  const handle = h.client.run('sum', {}, { signal: AbortSignal.abort('why') })
  const expected = { name: 'AbortError', code: 'aborted', cause: 'why' }
  await expect(handle.cancel()).rejects.toBeInstanceOf(TaskError)
  await expect(handle.cancel()).rejects.toMatchObject(expected)
  await expect(handle).rejects.toMatchObject({
    ...expected,
    message: 'The signal was aborted.',
  })
})

test('watch takes null for its options', () => {
  expect(h.client.watch(h.server.add().uuid, null).error).toBeUndefined()
})

test('a retry is tried again with new headers where they had expired', async () => {
  const { uuid } = h.server.add({ status: 'failed' } as never)
  h.server.faults = [(_request, response) => json(response, 401, { detail: 'Expired.' })]
  const retried = h.client.retry(uuid)
  await h.passWait()
  expect((await retried).status).toBe('pending')
  expect(h.server.posts).toHaveLength(2)
})

test('an iteration that is ended while it waits stops watching at once', async () => {
  const loop = h.client.watch(h.server.add().uuid)[Symbol.asyncIterator]()
  const pending = [loop.next(), loop.next()]
  expect(h.waits()).toHaveLength(1)
  const end = { done: true, value: undefined }
  expect(await loop.return?.()).toEqual(end)
  expect(await Promise.all(pending)).toEqual([end, end])
  expect(await loop.next()).toEqual(end)
  expect(h.clock.timers).toEqual([])
})

test('two pending steps of an iteration get two snapshots', async () => {
  const { uuid } = h.server.add()
  const handle = h.client.watch(uuid)
  const loop = handle[Symbol.asyncIterator]()
  const [first, second] = [loop.next(), loop.next()]
  await h.passWait()
  expect((await first).value?.version).toBe(1)
  h.server.succeed(uuid)
  await h.passWait()
  expect((await second).value?.version).toBe(2)
  expect((await loop.next()).done).toBe(true)
})

test('an iteration that was never begun watches nothing', () => {
  h.client.watch(h.server.add().uuid)[Symbol.asyncIterator]()
  expect(h.clock.timers).toEqual([])
})

test('a signal ends the tries to create a task, but not a request under way', async () => {
  const controller = new AbortController()
  h.server.faults = [(_request, response) => json(response, 503, {})]
  const handle = h.client.run('sum', {}, { signal: controller.signal })
  await h.until(() => h.waits().length)
  controller.abort()
  await expect(handle).rejects.toMatchObject({ code: 'aborted' })
  await h.settle()
  expect(h.clock.timers).toEqual([])
  expect(h.server.requests).toHaveLength(1)
})

test('one signal of many stops one handle', async () => {
  const { uuid } = h.server.add()
  const controller = new AbortController()
  const one = h.client.watch(uuid, { signal: controller.signal })
  const other = h.client.watch(uuid)
  one.catch(() => {})
  other.subscribe(() => {})
  controller.abort()
  await h.passWait()
  await h.until(() => other.getSnapshot())
  expect(one.error?.code).toBe('aborted')
  expect(other.error).toBeUndefined()
})

test('a callback that throws is reported and breaks nothing', async () => {
  const reported = vi.spyOn(console, 'error').mockImplementation(() => {})
  const { uuid } = h.server.add({ messages: ['one'] })
  const failing = () => {
    throw new Error('Mine.')
  }
  const failed = h.client.watch(uuid, { onProgress: failing, onMessage: failing, onSuccess: failing })
  failed.subscribe(failing)
  const seen: unknown[] = []
  h.client.watch(uuid, { onProgress: info => seen.push(info.status) })
  h.server.succeed(uuid)
  await h.passWait()
  expect((await failed).status).toBe('succeeded')
  expect(seen).toEqual(['succeeded'])
  expect(reported).toHaveBeenCalledTimes(4)
  expect(reported).toHaveBeenCalledWith(new Error('Mine.'))
})

test('an async callback that rejects is reported in the same way', async () => {
  const reported = vi.spyOn(console, 'error').mockImplementation(() => {})
  const { uuid } = h.server.add({ status: 'succeeded' } as never)
  await Promise.all([
    h.client.watch(uuid, { onSuccess: () => Promise.reject(new Error('Mine.')) }),
    h.passWait(),
  ])
  await h.until(() => reported.mock.calls.length)
  expect(reported).toHaveBeenCalledWith(new Error('Mine.'))
})

test('a handle that a callback gives is not watched for it', async () => {
  const { uuid } = h.server.add({ status: 'succeeded' } as never)
  const next = h.client.watch(h.server.add().uuid)
  await Promise.all([h.client.watch(uuid, { onSuccess: () => next as never }), h.passWait()])
  await h.settle()
  expect(h.clock.timers).toEqual([])
})

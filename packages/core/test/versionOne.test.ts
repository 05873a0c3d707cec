import { expect, test, vi } from 'vitest'
import type { TaskInfo } from '../src/types'
import { useHarness } from './harness'
import { json } from './taskServer'

const h = useHarness()

test('calls back for each answer seen, new or not, then for success', async () => {
  const calls: string[] = []
  const handle = h.client.run(
    'sum',
    { numbers: [1, 2] },
    info => calls.push(`progress ${info.status} ${info.version}`),
    info => calls.push(`success ${info.outputs.sum}`),
    () => calls.push('error'),
  )
  await h.until(() => handle.uuid)
  await h.passWait()
  await h.until(() => calls.length === 2)
  await h.passWait()
  await h.until(() => calls.length === 3)
  h.server.succeed(handle.uuid as string, { sum: 3 })
  await h.passWait()
  expect((await handle).outputs.sum).toBe(3)
  expect(calls).toEqual([
    'progress pending 1',
    'progress pending 1',
    'progress pending 1',
    'progress succeeded 2',
    'success 3',
  ])
})

test('an answer that says nothing new leaves the snapshot as it is, and an older one is no answer', async () => {
  const versions: number[] = []
  const handle = h.client.run('sum', {}, info => versions.push(info.version))
  await h.until(() => handle.uuid)
  const uuid = handle.uuid as string
  const old = h.server.tasks[uuid] as TaskInfo
  h.server.change(uuid, { progress: 1 })
  await h.passWait()
  await h.until(() => versions.length === 2)
  const snapshot = handle.getSnapshot()
  await h.passWait()
  await h.until(() => versions.length === 3)
  expect(handle.getSnapshot()).toBe(snapshot)
  h.server.tasks[uuid] = old
  await h.passWait()
  await h.until(() => h.waits().length)
  expect(versions).toEqual([1, 2, 2])
})

test('the error callback gets the keys of the snapshot of a failed task', async () => {
  h.server.onCreate = () =>
    ({ status: 'failed', messages: ['one'], error: { code: 'error', message: 'Failed.' } }) as never
  const errors: TaskInfo[] = []
  const handle = h.client.run('sum', {}, null, null, error => errors.push(error as never))
  await h.until(() => errors.length)
  expect(errors[0]).toMatchObject({ status: 'failed', messages: ['one'] })
  await expect(handle).rejects.toBe(errors[0])
})

test('the error callback gets what went wrong with the request', async () => {
  h.server.faults = [(_request, response) => json(response, 400, { task: ['There is no task.'] })]
  const errors: unknown[] = []
  h.client.run('nothing', {}, null, null, error => errors.push(error.detail))
  await h.until(() => errors.length)
  expect(errors).toEqual([{ task: ['There is no task.'] }])
})

test.each([[[]], [[null]], [[null, null, null]], [[undefined, undefined]]])(
  'callbacks %j are none',
  async callbacks => {
    h.server.onCreate = () => ({ status: 'succeeded' }) as never
    expect((await h.client.run('sum', {}, ...(callbacks as []))).status).toBe('succeeded')
  },
)

test('a callback alone has the task watched to its end', async () => {
  const ends: string[] = []
  const handle = h.client.run('sum', {}, null, () => ends.push('success'))
  await h.until(() => handle.uuid)
  h.server.succeed(handle.uuid as string)
  await h.passWait()
  await h.until(() => ends.length)
})

test('a callback that throws stops neither its own task nor another', async () => {
  const reported = vi.spyOn(console, 'error').mockImplementation(() => {})
  const failing = () => {
    throw new Error('Mine.')
  }
  h.server.onCreate = () => ({ status: 'succeeded' }) as never
  const [one, other] = [h.client.run('sum', {}, failing, failing), h.client.run('sum', {})]
  expect((await one).status).toBe('succeeded')
  expect((await other).status).toBe('succeeded')
  expect(reported).toHaveBeenCalledTimes(2)
})

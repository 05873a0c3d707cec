// @vitest-environment jsdom
import tasks, { createClient } from 'django-task-api'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { expect, test, vi } from 'vitest'
import { type UseTaskOptions, useTask, useTaskClient } from '../../src'
import { setUpPage } from './page'

const h = setUpPage()

function Sum(options: UseTaskOptions) {
  const sum = useTask('sum', options)
  h.renders.push(sum)
  return (
    <>
      {sum.status} {sum.progress.percent} {sum.messages.join()} {sum.isSucceeded && sum.outputs.sum}
    </>
  )
}

async function start(options: UseTaskOptions = {}): Promise<string> {
  h.render(<Sum {...options} />)
  await h.until(() => h.state)
  h.state.run({ numbers: [1, 2] })
  await h.until(() => h.server.streams.length)
  return h.state.uuid as string
}

test('a run is shown from idle to its outputs', async () => {
  h.render(<Sum />)
  await h.shows('idle   ')
  expect(h.state).toMatchObject({ isIdle: true, isActive: false, uuid: undefined, connection: 'idle' })
  h.state.run({ numbers: [1, 2] })
  await h.shows('pending   ')
  await h.until(() => h.server.streams.length)
  expect(h.server.posts.map(({ body }) => JSON.parse(body))).toEqual([
    { task: 'sum', inputs: { numbers: [1, 2] } },
  ])
  const uuid = h.state.uuid as string
  h.server.change(uuid, { status: 'running', progress: 1, target: 3, messages: ['One.'] } as never)
  await h.shows('running 33 One. ')
  expect(h.state).toMatchObject({ isRunning: true, isActive: true, connection: 'live', error: undefined })
  expect(h.state.progress).toEqual({ value: 1, target: 3, percent: 33 })
  h.server.succeed(uuid, { sum: 3 })
  await h.shows('succeeded 33 One. 3')
  expect(h.state).toMatchObject({ isSucceeded: true, isActive: false, outputs: { sum: 3 }, uuid })
})

test('each change renders at most once', async () => {
  const uuid = await start()
  await h.until(() => h.state.connection === 'live')
  for (let progress = 1; progress <= 10; progress++) {
    h.server.change(uuid, { status: 'running', progress, target: 10 } as never)
    await h.until(() => h.state.progress.value === progress)
  }
  h.server.succeed(uuid, { sum: 3 })
  await h.until(() => h.state.isSucceeded)
  await h.rests()
  await h.until(() => h.state.connection === 'idle')
  // Idle; run; created and connecting; live; ten steps; the end; and the connection's end.
  expect(h.renders.length).toBeLessThanOrEqual(16)
  expect(new Set(h.renders).size).toBe(h.renders.length)
})

test('a render for another reason makes no new state', async () => {
  h.render(<Sum />)
  await h.until(() => h.renders.length)
  h.render(<Sum />)
  await h.until(() => h.renders.length === 2)
  expect(h.renders[1]).toBe(h.renders[0])
})

test('its functions stay the same', async () => {
  const uuid = await start()
  h.server.succeed(uuid)
  await h.until(() => h.state.isSucceeded)
  const [first] = h.renders
  for (const { run, cancel, reset } of h.renders) {
    expect([run === first?.run, cancel === first?.cancel, reset === first?.reset]).toEqual([true, true, true])
  }
})

test('callbacks are called once a run, on the second run too, and are those of the newest render', async () => {
  const told: unknown[] = []
  const options = (name: string): UseTaskOptions => ({
    onMessage: message => told.push([name, message]),
    onProgress: info => told.push([name, info.status]),
    onSuccess: info => told.push([name, info.outputs.sum]),
    onError: error => told.push([name, error.code]),
  })
  const first = await start(options('old'))
  await h.until(() => told.length)
  h.render(<Sum {...options('new')} />)
  const { length } = h.renders
  await h.until(() => h.renders.length > length)
  h.server.change(first, { messages: ['Hello.', 'Bye.'] })
  h.server.succeed(first, { sum: 3 })
  await h.until(() => h.state.isSucceeded)
  expect(told.splice(0)).toEqual([
    ['old', 'pending'],
    ['new', 'Hello.'],
    ['new', 'Bye.'],
    ['new', 'pending'],
    ['new', 'succeeded'],
    ['new', 3],
  ])
  h.state.run({ numbers: [] })
  await h.until(() => h.server.streams.length && h.state.uuid && h.state.uuid !== first)
  const second = h.state.uuid as string
  h.server.change(second, { status: 'failed', error: { code: 'lost', message: 'Lost.' } } as never)
  await h.until(() => h.state.isFailed)
  expect(told).toEqual([
    ['new', 'pending'],
    ['new', 'failed'],
    ['new', 'lost'],
  ])
})

test('a callback that throws disturbs nothing', async () => {
  const thrown: unknown[] = []
  vi.stubGlobal('reportError', (error: unknown) => thrown.push(error))
  const onSuccess = vi.fn()
  const uuid = await start({
    onProgress() {
      throw new Error('Mine.')
    },
    onSuccess,
  })
  h.server.succeed(uuid)
  await h.until(() => h.state.isSucceeded)
  expect(onSuccess).toHaveBeenCalledOnce()
  expect(thrown).toEqual([new Error('Mine.'), new Error('Mine.')])
})

test('the callback of an end may start the next run', async () => {
  const ends: unknown[] = []
  const uuid = await start({
    onSuccess(info) {
      ends.push(info.uuid)
      if (ends.length === 1) h.state.run({ numbers: [] })
    },
  })
  h.server.succeed(uuid)
  await h.until(() => h.state.uuid && h.state.uuid !== uuid && h.server.streams.length)
  h.server.succeed(h.state.uuid as string)
  await h.until(() => h.state.isSucceeded && ends.length === 2)
  expect(ends).toEqual([uuid, h.state.uuid])
})

test('a second run replaces the first', async () => {
  const onSuccess = vi.fn()
  const first = await start({ onSuccess })
  h.state.run({ numbers: [] })
  await h.until(() => h.state.uuid && h.state.uuid !== first)
  h.server.succeed(first)
  h.server.succeed(h.state.uuid as string, { sum: 0 })
  await h.until(() => h.state.isSucceeded)
  expect(h.state.outputs).toEqual({ sum: 0 })
  expect(onSuccess).toHaveBeenCalledOnce()
})

test('cancel asks the server', async () => {
  const onError = vi.fn()
  await start({ onError })
  h.state.cancel()
  await h.until(() => h.state.isCancelled)
  expect(h.state.error).toMatchObject({ code: 'cancelled' })
  expect(onError).toHaveBeenCalledOnce()
})

test('cancel without a run does nothing', async () => {
  h.render(<Sum />)
  await h.until(() => h.state)
  expect(h.state.cancel()).toBeUndefined()
  expect(h.server.requests).toEqual([])
})

test('reset returns to idle and follows no more', async () => {
  await start()
  h.state.reset()
  await h.until(() => h.state.isIdle)
  expect(h.state).toMatchObject({ uuid: undefined, messages: [], outputs: undefined })
  await h.rests()
})

test('what run gives may be awaited', async () => {
  h.render(<Sum />)
  await h.until(() => h.state)
  const handle = h.state.run({ numbers: [] })
  await h.until(() => handle.uuid)
  h.server.succeed(handle.uuid as string, { sum: 0 })
  expect((await handle).outputs).toEqual({ sum: 0 })
})

test('unmounting ends every request, and a new mount starts none', async () => {
  await start()
  h.unmount()
  await h.rests()
  const { length } = h.server.requests
  h.render(<Sum />)
  await h.until(() => h.state.isIdle)
  expect(h.server.requests).toHaveLength(length)
})

test('strict mode makes one request of one run, and calls back once', async () => {
  const onSuccess = vi.fn()
  h.render(
    <StrictMode>
      <Sum onSuccess={onSuccess} />
    </StrictMode>,
  )
  await h.until(() => h.state)
  h.state.run({ numbers: [] })
  await h.until(() => h.server.streams.length)
  h.server.succeed(h.state.uuid as string)
  await h.until(() => h.state.isSucceeded)
  expect([h.server.posts.length, h.server.streamRequests.length]).toEqual([1, 1])
  expect(onSuccess).toHaveBeenCalledOnce()
})

let used: unknown
function ClientProbe() {
  used = useTaskClient()
  return null
}

test('without a provider the default client is used', async () => {
  used = undefined
  const root = createRoot(h.container)
  root.render(<ClientProbe />)
  await h.until(() => used)
  root.unmount()
  expect(used).toBe(tasks)
})

const shownOf: Record<string, string[]> = { sum: [], greet: [] }

function Any({ name }: { name: string }) {
  const task = useTask(name)
  h.renders.push(task)
  shownOf[name]?.push(task.status)
  return <>{task.status}</>
}

test('another name shows no run of the one before, and follows it no more', async () => {
  h.render(<Any name="sum" />)
  await h.shows('idle')
  h.state.run({})
  await h.streams(1)
  h.render(<Any name="greet" />)
  await h.shows('idle')
  expect(shownOf.sum).toContain('pending')
  expect(shownOf.greet).not.toContain('pending')
  await h.rests()
  h.state.run({})
  await h.streams(1)
  expect(h.server.posts.map(({ body }) => JSON.parse(body).task)).toEqual(['sum', 'greet'])
})

test('another client shows no run of the one before', async () => {
  await start()
  h.render(<Sum client={createClient({ baseURL: `${h.server.origin}/none/` })} />)
  await h.until(() => h.state.isIdle)
  await h.rests()
})

test('options that are other objects at each render change nothing', async () => {
  await start()
  const { length } = h.server.requests
  for (let i = 0; i < 3; i++) {
    const before = h.renders.length
    h.render(<Sum onSuccess={() => {}} />)
    await h.until(() => h.renders.length > before)
  }
  expect(h.server.requests).toHaveLength(length)
  expect(h.state.isPending).toBe(true)
})

test('polls show a run to its end, and stop with it', async () => {
  Object.assign(h.client.options, { transport: 'poll', pollInterval: 10 })
  h.render(<Sum />)
  await h.until(() => h.state)
  h.state.run({ numbers: [1, 2] })
  await h.until(() => h.state.connection === 'polling')
  h.server.succeed(h.state.uuid as string, { sum: 3 })
  await h.until(() => h.state.isSucceeded)
  await h.rests()
  expect(h.server.streamRequests).toEqual([])
})

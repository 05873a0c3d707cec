// @vitest-environment jsdom
import tasks, { createClient } from 'django-task-api'
import { expect, test, vi } from 'vitest'
import {
  createApp,
  defineComponent,
  effectScope,
  h as element,
  isReadonly,
  isRef,
  isShallow,
  nextTick,
  provide,
  ref,
  Suspense,
} from 'vue'
import { createTaskApi, taskClientKey, type UseTaskOptions, useTask, useTaskClient } from '../../src'
import { createSum, setUpPage } from './page'

const h = setUpPage()

async function start(options?: UseTaskOptions) {
  const { component, made } = createSum(h, options)
  h.mount(component)
  made.sum.run({ numbers: [1, 2] })
  await h.until(() => h.server.streams.length)
  // An async function that gave what is awaitable would wait for its end.
  const { then: _, ...sum } = made.sum
  return { ...sum, id: sum.uuid.value as string }
}

test('a run is shown from idle to its outputs', async () => {
  const { component, made } = createSum(h)
  h.mount(component)
  expect(h.container.textContent).toBe('idle')
  expect(h.state).toMatchObject({ isIdle: true, isActive: false, uuid: undefined, connection: 'idle' })
  made.sum.run({ numbers: [1, 2] })
  await h.shows('pending')
  await h.until(() => h.server.streams.length)
  expect(h.server.posts.map(({ body }) => JSON.parse(body))).toEqual([
    { task: 'sum', inputs: { numbers: [1, 2] } },
  ])
  const uuid = made.sum.uuid.value as string
  h.server.change(uuid, { status: 'running', progress: 1, target: 3, messages: ['One.'] } as never)
  await h.shows('running')
  expect(h.state).toMatchObject({ isRunning: true, isActive: true, connection: 'live', messages: ['One.'] })
  expect(made.sum.progress.value).toEqual({ value: 1, target: 3, percent: 33 })
  h.server.succeed(uuid, { sum: 3 })
  await h.shows('succeeded')
  expect(h.state).toMatchObject({ isSucceeded: true, isActive: false, outputs: { sum: 3 }, uuid })
})

test('its values are readonly shallow refs, and its functions stay the same', async () => {
  const { id, ...sum } = await start()
  const { run, cancel, reset, ...refs } = sum
  for (const each of Object.values(refs)) {
    expect([isRef(each), isReadonly(each), isShallow(each)]).toEqual([true, true, true])
  }
  h.server.succeed(id, { sum: 3 })
  await h.shows('succeeded')
  for (const state of h.renders) {
    expect([state.run === run, state.cancel === cancel, state.reset === reset]).toEqual([true, true, true])
  }
})

test('each change renders at most once', async () => {
  const { id, progress } = await start()
  await h.until(() => h.state.connection === 'live')
  for (let value = 1; value <= 10; value++) {
    h.server.change(id, { status: 'running', progress: value, target: 10 } as never)
    await h.until(() => progress.value.value === value)
    await nextTick()
  }
  h.server.succeed(id)
  await h.shows('succeeded')
  await h.rests()
  await nextTick()
  // Idle; run; created and connecting; live; ten steps; the end; and the connection's end.
  expect(h.renders.length).toBeLessThanOrEqual(16)
})

test('callbacks are called once a run, on the second run too', async () => {
  const told: unknown[] = []
  const { id, run, uuid, status } = await start({
    onMessage: message => told.push(message),
    onSuccess: info => told.push(info.outputs.sum),
    onError: error => told.push(error.code),
  })
  h.server.change(id, { messages: ['Hello.', 'Bye.'] })
  h.server.succeed(id, { sum: 3 })
  await h.shows('succeeded')
  expect(told.splice(0)).toEqual(['Hello.', 'Bye.', 3])
  run({ numbers: [] })
  await h.until(() => h.server.streams.length && uuid.value && uuid.value !== id)
  h.server.change(
    uuid.value as string,
    { status: 'failed', error: { code: 'lost', message: 'Lost.' } } as never,
  )
  await h.until(() => status.value === 'failed')
  expect(told).toEqual(['lost'])
})

test('name and options may be refs or getters: those of now count', async () => {
  const name = ref('sum')
  const onSuccess = vi.fn()
  const options = ref<UseTaskOptions>({})
  let task!: ReturnType<typeof useTask>
  h.mount(
    defineComponent(() => {
      task = useTask(name, () => options.value)
      return () => h.show(task, 'status')
    }),
  )
  name.value = 'greet'
  options.value = { onSuccess }
  task.run({})
  await h.until(() => h.server.streams.length)
  expect(JSON.parse(h.server.posts[0]?.body as string).task).toBe('greet')
  h.server.succeed(task.uuid.value as string)
  await h.shows('succeeded')
  expect(onSuccess).toHaveBeenCalledOnce()
})

test('cancel and reset', async () => {
  const { cancel, reset } = await start()
  cancel()
  await h.shows('cancelled')
  expect(h.state.error).toMatchObject({ code: 'cancelled' })
  reset()
  await h.shows('idle')
  expect(h.state).toMatchObject({ uuid: undefined, error: undefined, messages: [] })
})

test('reset while a task is active follows it no more', async () => {
  const { reset } = await start()
  reset()
  await h.rests()
  await h.shows('idle')
})

test('awaiting it waits for the end of the run, and gives the same refs', async () => {
  const { component, made } = createSum(h)
  h.mount(component)
  made.sum.run({ numbers: [] })
  await h.until(() => h.server.streams.length)
  let result: unknown
  const awaited = Promise.resolve(made.sum).then(refs => {
    result = refs.outputs.value
    return refs
  })
  expect(result).toBeUndefined()
  h.server.succeed(made.sum.uuid.value as string, { sum: 3 })
  expect((await awaited).status).toBe(made.sum.status)
  expect(result).toEqual({ sum: 3 })
})

test('awaiting it when nothing runs, or after the end of its scope, waits for nothing', async () => {
  const scope = effectScope()
  const sum = scope.run(() => useTask('sum', { client: h.client })) as ReturnType<typeof useTask>
  expect((await sum).status.value).toBe('idle')
  sum.run({})
  const waiting = Promise.resolve(sum)
  scope.stop()
  expect((await waiting).isActive.value).toBe(true)
  expect((await sum).isActive.value).toBe(true)
  await h.rests()
})

test('a scope without a component follows until it is stopped', async () => {
  const scope = effectScope()
  const sum = scope.run(() => useTask('sum', { client: h.client })) as ReturnType<typeof useTask>
  sum.run({})
  await h.streams(1)
  scope.stop()
  await h.rests()
})

test('unmounting ends every request', async () => {
  await start()
  h.unmount()
  await h.rests()
})

test('an async setup may await it', async () => {
  const { uuid } = h.server.add()
  const { useTaskRun } = await import('../../src')
  const Inner = defineComponent({
    async setup() {
      const { status } = await useTaskRun(uuid)
      return () => status.value
    },
  })
  h.mount(
    defineComponent(
      () => () => element(Suspense, null, { default: () => element(Inner), fallback: () => 'wait' }),
    ),
  )
  await h.shows('wait')
  await h.streams(1)
  h.server.succeed(uuid)
  await h.shows('succeeded')
})

test("the client is that of the options, else the nearest, else the app's, else the default", async () => {
  const [own, near] = [createClient(), createClient()]
  const seen: unknown[] = []
  const Inner = defineComponent(() => {
    seen.push(useTaskClient())
    return () => ''
  })
  const Outer = defineComponent(() => {
    seen.push(useTaskClient())
    provide(taskClientKey, near)
    return () => element(Inner)
  })
  h.mount(Outer)
  const app = createApp(Inner)
  app.mount(document.createElement('div'))
  app.unmount()
  expect(seen.map(client => [h.client, near, tasks].indexOf(client as never))).toEqual([0, 1, 2])
  expect(useTaskClient()).toBe(tasks)
  expect(createTaskApi({ baseURL: '/x/' }).client.options.baseURL).toBe('/x/')
  expect(createTaskApi(own).client).toBe(own)
})

function mountButton() {
  const made: { sum: ReturnType<typeof useTask<'sum'>> } = {} as never
  h.mount(
    defineComponent(() => {
      made.sum = useTask('sum')
      // As `@click="run({ numbers: [] })"` is compiled.
      return () => element('button', { onClick: () => made.sum.run({ numbers: [] }) }, made.sum.status.value)
    }),
  )
  return () => {
    h.container.querySelector('button')?.click()
    return made.sum
  }
}

test('a task that fails is no error of the event handler that gave it', async () => {
  const { uuid } = mountButton()()
  await h.until(() => h.server.streams.length)
  const error = { code: 'lost', message: 'Lost.' }
  h.server.change(uuid.value as string, { status: 'failed', error } as never)
  // Vue would have logged it by then.
  await h.shows('failed')
  await nextTick()
})

test('an event handler that gave a task follows it no longer than the component', async () => {
  mountButton()()
  await h.streams(1)
  h.unmount()
  await h.rests()
})

test('what an action gives can be awaited', async () => {
  const { id, cancel, run } = await start()
  expect(await cancel()).toMatchObject({ uuid: id })
  await h.shows('cancelled')
  const next = run({ numbers: [] })
  await h.until(() => next.uuid)
  h.server.succeed(String(next.uuid), { sum: 0 })
  expect((await next).outputs.sum).toBe(0)
  await next.finally(() => {})
})

test('another name shows no run of the one before, and follows it no more', async () => {
  const name = ref('sum')
  let task!: ReturnType<typeof useTask>
  h.mount(
    defineComponent(() => {
      task = useTask(name)
      return () => h.show(task, 'status')
    }),
  )
  task.run({})
  await h.streams(1)
  name.value = 'greet'
  expect(task.status.value).toBe('idle')
  await h.rests()
})

test('a callback that throws disturbs nothing', async () => {
  const thrown: unknown[] = []
  vi.stubGlobal('reportError', (error: unknown) => thrown.push(error))
  const onSuccess = vi.fn()
  const { id } = await start({
    onProgress() {
      throw new Error('Mine.')
    },
    onSuccess,
  })
  h.server.succeed(id)
  await h.shows('succeeded')
  expect(onSuccess).toHaveBeenCalledOnce()
  expect(thrown).toEqual([new Error('Mine.'), new Error('Mine.')])
})

test('polls show a run to its end, and stop with it', async () => {
  Object.assign(h.client.options, { transport: 'poll', pollInterval: 10 })
  const { component, made } = createSum(h)
  h.mount(component)
  made.sum.run({ numbers: [1, 2] })
  await h.until(() => made.sum.connection.value === 'polling')
  h.server.succeed(made.sum.uuid.value as string, { sum: 3 })
  await h.shows('succeeded')
  await h.rests()
  expect(h.server.streamRequests).toEqual([])
})

// @vitest-environment jsdom

import { createClient } from 'django-task-api'
import { expect, test, vi } from 'vitest'
import { defineComponent, h as element, KeepAlive, nextTick, ref } from 'vue'
import { type UseTaskRunOptions, useTaskRun } from '../../src'
import { setUpPage } from './page'

const h = setUpPage()

/** A component that shows the task of a uuid. */
function createRun(uuid: Parameters<typeof useTaskRun>[0], options?: UseTaskRunOptions) {
  return defineComponent({
    name: 'TaskRun',
    setup() {
      const run = useTaskRun(uuid, options)
      return () => h.show(run, 'status')
    },
  })
}

test('a task is followed to its end', async () => {
  const onSuccess = vi.fn()
  const { uuid } = h.server.add({ status: 'running' } as never)
  h.mount(createRun(uuid, { onSuccess }))
  await h.shows('running')
  await h.streams(1)
  h.server.succeed(uuid, { sum: 3 })
  await h.shows('succeeded')
  expect(h.state).toMatchObject({ uuid, outputs: { sum: 3 } })
  expect(onSuccess).toHaveBeenCalledOnce()
})

test('without a uuid it is idle and asks nothing', async () => {
  h.mount(createRun(null))
  await h.shows('idle')
  expect(h.server.requests).toEqual([])
})

test('another uuid shows the other task, and leaves the first', async () => {
  const [one, two] = [h.server.add({ status: 'running' } as never), h.server.add()]
  const uuid = ref<string | null>(one.uuid)
  h.mount(createRun(() => uuid.value))
  await h.shows('running')
  await h.streams(1)
  uuid.value = two.uuid
  await h.until(() => h.server.streams[0]?.uuids.join() === two.uuid)
  await h.shows('pending')
  uuid.value = null
  await h.shows('idle')
  await h.rests()
})

test('another client is another server', async () => {
  const { uuid } = h.server.add({ status: 'running' } as never)
  const options = ref<UseTaskRunOptions>({ client: createClient({ baseURL: `${h.server.origin}/none/` }) })
  h.mount(
    defineComponent(() => {
      const run = useTaskRun(uuid, options)
      return () => h.show(run, 'status')
    }),
  )
  await h.shows('failed')
  options.value = { client: h.client }
  await h.shows('running')
})

test('three components on one task open one stream, and the last one that leaves ends it', async () => {
  const { uuid } = h.server.add()
  const onSuccess = vi.fn()
  const Run = createRun(uuid, { onSuccess })
  const count = ref(3)
  h.mount(defineComponent(() => () => [0, 1, 2].slice(0, count.value).map(key => element(Run, { key }))))
  await h.shows('pendingpendingpending')
  await h.streams(1)
  expect([h.server.streamRequests.length, h.server.polls.length]).toEqual([1, 1])
  count.value = 1
  await h.shows('pending')
  expect(h.open).toBe(1)
  h.server.succeed(uuid)
  await h.shows('succeeded')
  expect(onSuccess).toHaveBeenCalledOnce()
})

test('a component that KeepAlive has put away follows nothing, and goes on when it is back', async () => {
  const { uuid } = h.server.add()
  const onSuccess = vi.fn()
  const Run = createRun(uuid, { onSuccess })
  const isShown = ref(true)
  h.mount(
    defineComponent(
      () => () => element(KeepAlive, null, { default: () => (isShown.value ? element(Run) : null) }),
    ),
  )
  await h.streams(1)
  isShown.value = false
  await h.rests()
  h.server.succeed(uuid)
  expect(onSuccess).not.toHaveBeenCalled()
  isShown.value = true
  await h.shows('succeeded')
  expect(onSuccess).toHaveBeenCalledOnce()
  isShown.value = false
  await nextTick()
  isShown.value = true
  await h.shows('succeeded')
  await h.rests()
  expect(onSuccess).toHaveBeenCalledOnce()
})

test('unmounting and mounting again leaves no request, and sees what happened in between', async () => {
  const { uuid } = h.server.add()
  h.mount(createRun(uuid))
  await h.streams(1)
  h.unmount()
  await h.rests()
  h.server.succeed(uuid)
  h.mount(createRun(uuid))
  await h.shows('succeeded')
})

test('to await what KeepAlive has put away follows nothing until it is back', async () => {
  const { uuid } = h.server.add()
  let run!: ReturnType<typeof useTaskRun>
  const Run = defineComponent({
    name: 'TaskRun',
    setup() {
      run = useTaskRun(uuid)
      return () => run.status.value
    },
  })
  const isShown = ref(true)
  h.mount(
    defineComponent(
      () => () => element(KeepAlive, null, { default: () => (isShown.value ? element(Run) : null) }),
    ),
  )
  await h.streams(1)
  isShown.value = false
  await h.rests()
  const { length } = h.server.requests
  const awaited = Promise.resolve(run)
  await nextTick()
  expect(h.client.connection.getSnapshot()).toBe('idle')
  expect(h.server.requests).toHaveLength(length)
  h.server.succeed(uuid, { sum: 3 })
  isShown.value = true
  expect((await awaited).outputs.value).toEqual({ sum: 3 })
})

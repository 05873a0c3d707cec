// @vitest-environment jsdom
import type { TaskInfo, TaskStatus } from 'django-task-api'
import { expect, test } from 'vitest'
import { defineComponent, effectScope, ref } from 'vue'
import { json } from '../../../core/test/taskServer'
import { useTasks } from '../../src'
import { setUpPage } from './page'

const h = setUpPage()
const listRequests = () => h.server.requests.filter(({ url }) => !url.includes('uuid='))
const ended = { status: 'succeeded', finished: 'now' } as never

function mountList(filter?: Parameters<typeof useTasks>[0]): ReturnType<typeof useTasks> {
  let list!: ReturnType<typeof useTasks>
  h.mount(
    defineComponent(() => {
      list = useTasks(filter)
      return () => {
        h.show(list)
        return list.tasks.value.map(({ task, status }) => `${task} ${status}`).join(', ')
      }
    }),
  )
  return list
}

test('it loads, and awaiting it waits for that', async () => {
  h.server.add(ended)
  const list = mountList({ task: 'sum' })
  expect(h.state).toMatchObject({ tasks: [], isLoading: true, isFetching: true, hasNext: false })
  const { tasks, isLoading } = await list
  expect([tasks.value.length, isLoading.value]).toEqual([1, false])
  expect(h.server.requests.map(({ url }) => url)).toEqual(['/tasks/?task=sum&'])
})

test('active tasks go on by one stream', async () => {
  const [one, two] = [h.server.add(), h.server.add({ task: 'greet' })]
  mountList()
  await h.streams(2)
  h.server.change(one.uuid, { status: 'running' } as never)
  await h.shows('sum running, greet pending')
  h.server.succeed(one.uuid)
  h.server.succeed(two.uuid)
  await h.shows('sum succeeded, greet succeeded')
  await h.rests()
  expect([listRequests().length, h.server.streamRequests.length]).toEqual([1, 1])
})

test('the parts of the filter may be refs: another filter shows another list', async () => {
  h.server.add({ status: 'failed', finished: 'now' } as never)
  h.server.add()
  const status = ref<TaskStatus>('pending')
  mountList({ status })
  await h.shows('sum pending')
  await h.streams(1)
  status.value = 'failed'
  await h.shows('sum failed')
  await h.rests()
})

test('refresh keeps the tasks while it asks, and tells an error', async () => {
  h.server.add(ended)
  const list = mountList()
  await list
  h.server.faults = [(_request, response) => json(response, 403, { detail: 'Log in.' })]
  const refreshed = list.refresh()
  expect([list.isFetching.value, list.isLoading.value, list.tasks.value.length]).toEqual([true, false, 1])
  await refreshed
  expect([list.error.value?.message, list.tasks.value.length]).toEqual([
    'The server answered 403: Log in.',
    1,
  ])
  await list.refresh()
  expect(list.error.value).toBeUndefined()
})

test('pages are added', async () => {
  const [one, two] = [h.server.add(ended), h.server.add(ended)] as [TaskInfo, TaskInfo]
  h.server.faults = [
    (_request, response) => json(response, 200, { next: '/tasks/?cursor=1', previous: null, results: [one] }),
    (_request, response) => json(response, 200, { next: null, previous: null, results: [two] }),
  ]
  const list = mountList()
  await list
  expect(list.hasNext.value).toBe(true)
  await list.fetchNext()
  expect(list.tasks.value).toEqual([one, two])
  expect(listRequests()[1]?.url).toBe('/tasks/?cursor=1')
})

test('unmounting ends every request', async () => {
  h.server.add()
  mountList()
  await h.streams(1)
  h.unmount()
  await h.rests()
})

test('a scope without a component lists until it is stopped', async () => {
  const { uuid } = h.server.add()
  const scope = effectScope()
  const list = scope.run(() => useTasks({}, { client: h.client })) as ReturnType<typeof useTasks>
  await h.streams(1)
  h.server.change(uuid, { status: 'running' } as never)
  await h.until(() => list.tasks.value[0]?.status === 'running')
  scope.stop()
  await h.rests()
  expect((await list).tasks.value).toHaveLength(1)
})

test('unmounting ends a list that is slow, and whoever awaits it goes on', async () => {
  const count = h.server.fault
  h.server.fault = (request, response) => {
    count?.(request, response)
  }
  const list = mountList()
  const { refresh } = list
  await h.until(() => h.open)
  const [awaited, refreshed] = [Promise.resolve(list), refresh()]
  h.unmount()
  await Promise.all([awaited, refreshed])
})

test('two parts of the filter that change together end the request between them', async () => {
  h.server.add({ task: 'greet', status: 'failed', finished: 'now' } as never)
  const filter = ref<{ task?: string; status?: TaskStatus }>({})
  mountList(filter)
  await h.shows('greet failed')
  filter.value = { task: 'greet' }
  filter.value = { task: 'sum', status: 'failed' }
  await h.shows('')
  await h.rests()
})

test('pages stay through a refresh, which keeps what is shown until as much is there anew', async () => {
  const [one, two] = [h.server.add(ended), h.server.add(ended)] as [TaskInfo, TaskInfo]
  const first = { next: '/tasks/?cursor=1', previous: null, results: [one] }
  const last = { next: null, previous: null, results: [two] }
  h.server.faults = [first, last, first, last].map(page => (_request, response) => json(response, 200, page))
  const list = mountList()
  await list
  await list.fetchNext()
  h.renders = []
  await list.refresh()
  expect(list.tasks.value).toEqual([one, two])
  expect(new Set(h.renders.map(({ tasks }) => (tasks as TaskInfo[]).length))).toEqual(new Set([2]))
})

test('of two requests the later one counts', async () => {
  const { uuid } = h.server.add(ended)
  const list = mountList()
  await list
  h.server.faults = [() => {}]
  const slow = list.refresh()
  await h.until(() => listRequests().length === 2)
  await list.refresh()
  await slow
  expect(list.tasks.value.map(task => task.uuid)).toEqual([uuid])
})

test('a task that cannot be followed is told in error', async () => {
  const { uuid } = h.server.add()
  const list = mountList()
  await h.streams(1)
  delete h.server.tasks[uuid]
  h.server.publish(uuid)
  await h.until(() => list.error.value)
  expect([list.error.value?.code, list.tasks.value.length]).toEqual(['not_found', 1])
})

test('polls bring what active tasks do', async () => {
  Object.assign(h.client.options, { transport: 'poll', pollInterval: 10 })
  const { uuid } = h.server.add()
  mountList()
  await h.shows('sum pending')
  h.server.succeed(uuid)
  await h.shows('sum succeeded')
  await h.rests()
  expect(h.server.streamRequests).toEqual([])
})

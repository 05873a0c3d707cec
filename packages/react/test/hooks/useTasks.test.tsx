// @vitest-environment jsdom
import type { TaskInfo } from 'django-task-api'
import { StrictMode } from 'react'
import { expect, test } from 'vitest'
import { json } from '../../../core/test/taskServer'
import { type UseTasksFilter, type UseTasksReturn, useTasks } from '../../src'
import { setUpPage } from './page'

const h = setUpPage()
const list = () => h.state as unknown as UseTasksReturn
const listRequests = () => h.server.requests.filter(({ url }) => !url.includes('uuid='))

function List(filter: UseTasksFilter) {
  const shown = useTasks(filter)
  h.renders.push(shown as never)
  return <>{shown.tasks.map(({ task, status }) => `${task} ${status}`).join(', ')}</>
}

/** Has the server answer lists in pages of two. */
function page(): void {
  const count = h.server.fault
  h.server.fault = (request, response) => {
    count?.(request, response)
    const query = new URL(request.url, 'http://x').searchParams
    if (query.get('uuid')) return true
    const from = Number(query.get('cursor') || 0)
    const all = Object.values(h.server.tasks)
    const next = from + 2 < all.length ? `http://inner/tasks/?cursor=${from + 2}` : null
    json(response, 200, { next, previous: null, results: all.slice(from, from + 2) })
  }
}

const end = (uuid: string) => h.server.succeed(uuid)
const uuids = () => list().tasks.map(({ uuid }) => uuid)

test('it loads, and shows the tasks of a filter', async () => {
  h.server.add({ task: 'sum', status: 'failed', finished: 'now' } as never)
  h.server.add({ task: 'greet', status: 'failed', finished: 'now' } as never)
  h.server.add({ task: 'sum', status: 'succeeded', finished: 'now' } as never)
  h.render(<List task="sum" status="failed" />)
  await h.until(() => h.state)
  expect(h.renders[0]).toMatchObject({ tasks: [], isLoading: true, isFetching: true, error: undefined })
  await h.shows('sum failed')
  expect(list()).toMatchObject({ isLoading: false, isFetching: false, hasNext: false })
  expect(h.server.requests.map(({ url }) => url)).toEqual(['/tasks/?task=sum&status=failed'])
  expect(h.renders).toHaveLength(2)
})

test('active tasks go on by one stream, and the others are not asked for', async () => {
  const [one, two] = [h.server.add(), h.server.add({ task: 'greet' })]
  h.server.add({ task: 'old', status: 'failed', finished: 'now' } as never)
  h.render(
    <StrictMode>
      <List />
    </StrictMode>,
  )
  await h.streams(2)
  h.server.change(one.uuid, { status: 'running' } as never)
  await h.shows('sum running, greet pending, old failed')
  end(one.uuid)
  end(two.uuid)
  await h.shows('sum succeeded, greet succeeded, old failed')
  await h.rests()
  expect([listRequests().length, h.server.streamRequests.length]).toEqual([1, 1])
})

test('a list and a component of one of its tasks share the stream', async () => {
  h.server.add()
  h.render([<List key="0" />, <List key="1" />])
  await h.streams(1)
  expect([h.open, h.server.streamRequests.length]).toEqual([1, 1])
})

test('pages are added', async () => {
  page()
  const all = [1, 2, 3].map(() => h.server.add({ status: 'succeeded', finished: 'now' } as never).uuid)
  h.render(<List />)
  await h.until(() => list()?.hasNext)
  expect(uuids()).toEqual(all.slice(0, 2))
  await list().fetchNext()
  await h.until(() => !list().hasNext)
  expect(uuids()).toEqual(all)
  await list().fetchNext()
  expect(listRequests().map(({ url }) => url)).toEqual(['/tasks/', '/tasks/?cursor=2'])
})

test('refresh keeps what is shown until as much is there anew', async () => {
  page()
  const all = [1, 2, 3, 4, 5].map(() => h.server.add({ status: 'succeeded', finished: 'now' } as never).uuid)
  h.render(<List />)
  await h.until(() => list()?.hasNext)
  await list().fetchNext()
  await h.until(() => list().tasks.length === 4)
  delete h.server.tasks[all[0] as string]
  const { refresh } = list()
  h.renders = []
  await refresh()
  await h.until(() => !list().isFetching)
  expect(h.renders.map(shown => (shown as unknown as UseTasksReturn).tasks.length)).toEqual([4, 4])
  expect(uuids()).toEqual(all.slice(1))
  expect(list().hasNext).toBe(false)
})

test('a refresh that fails keeps the tasks and tells why; the next one clears that', async () => {
  h.server.add({ status: 'succeeded', finished: 'now' } as never)
  h.render(<List />)
  await h.shows('sum succeeded')
  h.server.faults = [(_request, response) => json(response, 403, { detail: 'Log in.' })]
  await list().refresh()
  await h.until(() => list().error)
  expect(list()).toMatchObject({ isFetching: false, error: { message: 'The server answered 403: Log in.' } })
  expect(list().tasks).toHaveLength(1)
  await list().refresh()
  await h.until(() => !list().error)
})

test('of two requests the later one counts', async () => {
  const first = h.server.add({ status: 'succeeded', finished: 'now' } as never)
  h.render(<List />)
  await h.shows('sum succeeded')
  let answer = () => {}
  h.server.faults = [
    (_request, response) => {
      answer = () => json(response, 200, { next: null, previous: null, results: [] })
    },
  ]
  const slow = list().refresh()
  await h.until(() => listRequests().length === 2)
  await list().refresh()
  answer()
  await slow
  expect(uuids()).toEqual([first.uuid])
})

test('another filter shows another list', async () => {
  h.server.add({ status: 'failed', finished: 'now' } as never)
  h.server.add()
  h.render(<List status="pending" />)
  await h.shows('sum pending')
  await h.streams(1)
  h.render(<List status="failed" />)
  await h.shows('sum failed')
  await h.rests()
})

test('a task that cannot be followed is told in error', async () => {
  const info = h.server.add()
  h.render(<List />)
  await h.streams(1)
  delete h.server.tasks[info.uuid]
  h.server.publish(info.uuid)
  await h.until(() => list().error)
  expect(list().error).toMatchObject({ code: 'not_found' })
  expect(list().tasks).toEqual([info satisfies TaskInfo])
})

test('unmounting ends every request; mounting again fetches again', async () => {
  h.server.add()
  h.render(<List />)
  await h.streams(1)
  h.unmount()
  await h.rests()
  h.render(<List />)
  await h.streams(1)
  expect(listRequests()).toHaveLength(2)
})

test('polls bring what active tasks do', async () => {
  Object.assign(h.client.options, { transport: 'poll', pollInterval: 10 })
  const { uuid } = h.server.add()
  h.render(<List />)
  await h.shows('sum pending')
  end(uuid)
  await h.shows('sum succeeded')
  await h.rests()
  expect(h.server.streamRequests).toEqual([])
})

test('unmounting ends a list that is slow', async () => {
  const count = h.server.fault
  h.server.fault = (request, response) => {
    count?.(request, response)
  }
  h.render(<List />)
  await h.until(() => h.open)
  // The harness fails the test that leaves an open request.
})

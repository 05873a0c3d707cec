// @vitest-environment jsdom
import type { TaskStatus } from 'django-task-api'
import * as React from 'react'
import { StrictMode } from 'react'
import { expect, test, vi } from 'vitest'
import { type UseTaskReturn, type UseTaskRunOptions, useTaskRun } from '../../src'
import { setUpPage } from './page'

const h = setUpPage()

function Run({ uuid, ...options }: UseTaskRunOptions & { uuid?: string | null | undefined }) {
  const run = useTaskRun(uuid, options)
  h.renders.push(run as UseTaskReturn)
  return <>{run.status}</>
}

const finish = (uuid: string, status: TaskStatus) =>
  h.server.change(uuid, { status, finished: '2026-01-01T00:00:01Z' } as never)

test('a task is followed to its end', async () => {
  const onSuccess = vi.fn()
  const { uuid } = h.server.add({ status: 'running' } as never)
  h.render(<Run uuid={uuid} onSuccess={onSuccess} />)
  await h.shows('running')
  await h.streams(1)
  h.server.succeed(uuid, { sum: 3 })
  await h.shows('succeeded')
  expect(h.state).toMatchObject({ uuid, outputs: { sum: 3 } })
  expect(onSuccess).toHaveBeenCalledOnce()
})

test('a task that has ended already is shown with one request, and its callback is called', async () => {
  const onSuccess = vi.fn()
  const { uuid } = h.server.add()
  h.server.succeed(uuid)
  h.render(<Run uuid={uuid} onSuccess={onSuccess} />)
  await h.shows('succeeded')
  expect(onSuccess).toHaveBeenCalledOnce()
  expect(h.server.requests).toHaveLength(1)
})

test.each([null, undefined, ''])('without a uuid (%j) it is idle and asks nothing', async uuid => {
  h.render(<Run uuid={uuid} />)
  await h.shows('idle')
  expect(h.server.requests).toEqual([])
})

test('another uuid shows the other task in the same render, and leaves the first', async () => {
  const [one, two] = [h.server.add({ status: 'running' } as never), h.server.add()]
  h.render(<Run uuid={one.uuid} />)
  await h.shows('running')
  await h.until(() => h.state.connection === 'live')
  h.renders = []
  h.render(<Run uuid={two.uuid} />)
  await h.until(() => h.server.streams[0]?.uuids.join() === two.uuid)
  expect(h.renders.map(({ uuid }) => uuid)).not.toContain(one.uuid)
  h.render(<Run uuid={null} />)
  await h.shows('idle')
  await h.rests()
})

test('three components on one task open one stream, and the last one that leaves ends it', async () => {
  const { uuid } = h.server.add()
  const onSuccess = vi.fn()
  const some = (count: number) =>
    h.render(
      <StrictMode>
        {[0, 1, 2].slice(0, count).map(key => (
          <Run key={key} uuid={uuid} onSuccess={onSuccess} />
        ))}
      </StrictMode>,
    )
  some(3)
  await h.shows('pendingpendingpending')
  await h.streams(1)
  expect([h.server.streamRequests.length, h.server.polls.length]).toEqual([1, 1])
  some(1)
  await h.shows('pending')
  expect(h.open).toBe(1)
  finish(uuid, 'succeeded')
  await h.shows('succeeded')
  expect(onSuccess).toHaveBeenCalledOnce()
})

test('a component that joins later shows at once what is known', async () => {
  const { uuid } = h.server.add({ status: 'running' } as never)
  h.render(<Run uuid={uuid} />)
  await h.shows('running')
  h.renders = []
  h.render([<Run key="0" uuid={uuid} />, <Run key="1" uuid={uuid} />])
  await h.shows('runningrunning')
  expect(h.renders.map(({ status }) => status)).not.toContain('pending')
})

test('unmounting and mounting again leaves no request, and sees what happened in between', async () => {
  const { uuid } = h.server.add()
  h.render(<Run uuid={uuid} />)
  await h.streams(1)
  h.unmount()
  await h.rests()
  h.server.succeed(uuid)
  h.render(<Run uuid={uuid} />)
  await h.shows('succeeded')
  await h.rests()
})

test.runIf('Activity' in React)(
  'a hidden Activity follows nothing, and goes on when it is shown',
  async () => {
    const { Activity } = React
    const onSuccess = vi.fn()
    const { uuid } = h.server.add()
    const shown = (mode: 'visible' | 'hidden') =>
      h.render(
        <Activity mode={mode}>
          <Run uuid={uuid} onSuccess={onSuccess} />
        </Activity>,
      )
    shown('visible')
    await h.streams(1)
    shown('hidden')
    await h.rests()
    h.server.succeed(uuid)
    expect(onSuccess).not.toHaveBeenCalled()
    shown('visible')
    await h.until(() => h.state.isSucceeded)
    expect(onSuccess).toHaveBeenCalledOnce()
    shown('hidden')
    shown('visible')
    await h.rests()
    expect(onSuccess).toHaveBeenCalledOnce()
  },
)

test('cancel asks the server', async () => {
  const { uuid } = h.server.add()
  h.render(<Run uuid={uuid} />)
  await h.streams(1)
  h.state.cancel()
  await h.shows('cancelled')
})

// @vitest-environment jsdom
import { StrictMode } from 'react'
import { expect, test, vi } from 'vitest'
import { json } from '../../../core/test/taskServer'
import { type UseTaskOptions, useTask } from '../../src'
import { setUpPage } from './page'

const h = setUpPage()
const kept = () => sessionStorage.getItem('my-sum')

function Sum(options: UseTaskOptions) {
  const sum = useTask('sum', { resume: 'my-sum', ...options })
  h.renders.push(sum)
  return <>{sum.status}</>
}

async function runAndReload(): Promise<string> {
  h.render(<Sum />)
  await h.until(() => h.state)
  h.state.run({ numbers: [] })
  await h.until(kept)
  h.unmount()
  await h.rests()
  h.renders = []
  return kept() as string
}

test('a task is taken up again after a reload, told of once, and forgotten at its end', async () => {
  const uuid = await runAndReload()
  const onSuccess = vi.fn()
  h.render(
    <StrictMode>
      <Sum onSuccess={onSuccess} />
    </StrictMode>,
  )
  await h.streams(1)
  expect(h.state).toMatchObject({ uuid, isActive: true })
  h.server.succeed(uuid)
  await h.shows('succeeded')
  expect(onSuccess).toHaveBeenCalledOnce()
  expect(kept()).toBeNull()
  expect(h.server.posts).toHaveLength(1)
})

test('a task that is not there any more is forgotten, and the hook is idle', async () => {
  const uuid = await runAndReload()
  delete h.server.tasks[uuid]
  const onError = vi.fn()
  h.render(<Sum onError={onError} />)
  await h.until(() => h.renders.some(({ isPending }) => isPending) && h.state.isIdle)
  expect(kept()).toBeNull()
  expect(h.state.error).toBeUndefined()
  expect(onError).not.toHaveBeenCalled()
})

test.each([403, 404])('an answer of %i forgets the task, too', async status => {
  await runAndReload()
  // All of them: one that was aborted may still arrive.
  h.server.fault = (_request, response) => json(response, status, { detail: 'No.' })
  h.render(<Sum />)
  await h.until(() => h.renders.some(({ isPending }) => isPending) && h.state.isIdle)
  expect(kept()).toBeNull()
})

test('what is kept and no uuid is forgotten without a request', async () => {
  sessionStorage.setItem('my-sum', 'nonsense')
  h.render(<Sum />)
  await h.until(() => h.state?.isIdle && kept() === null)
  expect(h.server.requests).toEqual([])
})

test('a server that cannot be reached leaves the task to the next reload', async () => {
  const uuid = await runAndReload()
  h.client.options.giveUpAfter = 10
  h.server.fault = (_request, response) => response.writeHead(503).end()
  h.render(<Sum />)
  await h.shows('failed')
  expect(h.state.error).toMatchObject({ httpStatus: 503 })
  expect(kept()).toBe(uuid)
})

test('reset forgets the task', async () => {
  await runAndReload()
  h.render(<Sum />)
  await h.streams(1)
  h.state.reset()
  await h.shows('idle')
  expect(kept()).toBeNull()
})

test('a start forgets the run before it', async () => {
  const first = await runAndReload()
  h.render(<Sum />)
  await h.streams(1)
  h.server.faults = [(_request, response) => json(response, 400, { detail: 'No.' })]
  h.state.run({ numbers: [] })
  await h.shows('failed')
  expect([first, kept()]).toEqual([first, null])
})

test('a browser without storage runs tasks all the same', async () => {
  vi.spyOn(Storage.prototype, 'getItem').mockImplementation(() => {
    throw new DOMException('Denied.', 'SecurityError')
  })
  vi.spyOn(Storage.prototype, 'setItem').mockImplementation(() => {
    throw new DOMException('Full.', 'QuotaExceededError')
  })
  h.render(<Sum />)
  await h.shows('idle')
  h.state.run({ numbers: [] })
  await h.streams(1)
  h.server.succeed(h.state.uuid as string)
  await h.shows('succeeded')
})

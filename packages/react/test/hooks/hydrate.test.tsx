// @vitest-environment jsdom
import { hydrateRoot } from 'react-dom/client'
import { renderToString } from 'react-dom/server'
import { expect, test } from 'vitest'
import { TaskClientProvider, type UseTaskReturn, useTask, useTaskRun } from '../../src'
import { setUpPage } from './page'

const h = setUpPage()

function Both({ uuid }: { uuid: string }) {
  const sum = useTask('sum', { resume: 'my-sum' })
  const run = useTaskRun(uuid)
  h.renders.push(sum as UseTaskReturn)
  return (
    <p>
      {sum.status} {run.status}
    </p>
  )
}

test('a page that a server has rendered is taken over as it is, and a kept task goes on then', async () => {
  const [one, two] = [h.server.add({ status: 'running' } as never), h.server.add()]
  const page = (
    <TaskClientProvider client={h.client}>
      <Both uuid={two.uuid} />
    </TaskClientProvider>
  )
  h.container.innerHTML = renderToString(page)
  await h.shows('idle pending')
  sessionStorage.setItem('my-sum', one.uuid)
  h.renders = []
  // The harness fails the test where React prints that the two do not agree.
  h.root = hydrateRoot(h.container, page)
  await h.shows('running pending')
  expect(h.renders[0]?.status).toBe('idle')
})

test('a part that is taken over late begins with what the server has rendered', async () => {
  const { uuid } = h.server.add({ status: 'running' } as never)
  const page = (
    <TaskClientProvider client={h.client}>
      <Both uuid={uuid} />
    </TaskClientProvider>
  )
  h.container.innerHTML = renderToString(page)
  const leave = h.client.watch(uuid).subscribe(() => {})
  await h.until(() => h.client.watch(uuid).getSnapshot() && h.client.connection.getSnapshot() === 'live')
  h.renders = []
  h.root = hydrateRoot(h.container, page)
  await h.shows('idle running')
  expect(h.renders[0]?.connection).toBe('idle')
  leave()
})

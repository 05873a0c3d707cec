// @vitest-environment jsdom

import { expect, test } from 'vitest'
import { createSSRApp, defineComponent, h as element } from 'vue'
import { renderToString } from 'vue/server-renderer'
import { createTaskApi, useTask, useTaskRun } from '../../src'
import { setUpPage } from './page'

const h = setUpPage()

test('a page that a server has rendered is taken over as it is, and a kept task goes on then', async () => {
  const [one, two] = [h.server.add({ status: 'running' } as never), h.server.add()]
  const Both = defineComponent(() => {
    const sum = useTask('sum', { resume: 'my-sum' })
    const run = useTaskRun(two.uuid)
    return () => element('p', `${h.show(sum, 'status')} ${run.status.value}`)
  })
  const create = () => createSSRApp(Both).use(createTaskApi(h.client))
  h.container.innerHTML = await renderToString(create())
  expect(h.container.innerHTML).toBe('<p>idle pending</p>')
  h.renders = []
  sessionStorage.setItem('my-sum', one.uuid)
  h.app = create()
  // The harness fails the test where Vue warns that the two do not agree.
  h.app.mount(h.container)
  expect(h.renders[0]?.status).toBe('idle')
  await h.shows('running pending')
})

test('a part that is taken over late begins with what the server has rendered', async () => {
  const { uuid } = h.server.add({ status: 'running' } as never)
  const Run = defineComponent(() => {
    const run = useTaskRun(uuid)
    return () => element('p', h.show(run, 'status', 'connection'))
  })
  const create = () => createSSRApp(Run).use(createTaskApi(h.client))
  h.container.innerHTML = await renderToString(create())
  const leave = h.client.watch(uuid).subscribe(() => {})
  await h.until(() => h.client.watch(uuid).getSnapshot() && h.client.connection.getSnapshot() === 'live')
  h.renders = []
  h.app = create()
  h.app.mount(h.container)
  expect(h.renders[0]).toMatchObject({ status: 'pending', connection: 'idle' })
  await h.shows('running live')
  leave()
})

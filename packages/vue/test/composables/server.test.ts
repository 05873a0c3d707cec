import { createClient } from 'django-task-api'
import { expect, test } from 'vitest'
import { createSSRApp, defineComponent, h as element } from 'vue'
import { renderToString } from 'vue/server-renderer'
import { TaskServer } from '../../../core/test/taskServer'
import { createTaskApi, useTask, useTaskRun, useTasks } from '../../src'

test('a server renders the first state, without a window and without a request', async () => {
  expect(typeof window).toBe('undefined')
  const server = await new TaskServer().start()
  const { uuid } = server.add()
  const Everything = defineComponent({
    async setup() {
      const { status, connection } = useTask('sum', { resume: 'my-sum' })
      // To await is to wait for nothing there.
      const { tasks, isLoading } = await useTasks()
      return () => `${status.value} ${tasks.value.length} ${isLoading.value} ${connection.value}`
    },
  })
  const Run = defineComponent(() => {
    const { status } = useTaskRun(uuid)
    return () => `, ${status.value}`
  })
  const app = createSSRApp({ render: () => element('div', [element(Everything), element(Run)]) })
  app.use(createTaskApi(createClient({ baseURL: server.baseURL })))
  expect(await renderToString(app)).toBe('<div>idle 0 true idle, pending</div>')
  await new Promise(setImmediate)
  expect(server.requests).toEqual([])
  await server.stop()
})

import { createClient } from 'django-task-api'
import { Suspense } from 'react'
import { renderToString } from 'react-dom/server'
import { expect, test } from 'vitest'
import { TaskServer } from '../../../core/test/taskServer'
import { TaskClientProvider, useTask, useTaskRun, useTasks } from '../../src'

function Everything({ uuid }: { uuid: string }) {
  const sum = useTask('sum', { resume: 'my-sum' })
  const run = useTaskRun(uuid)
  const { tasks, isLoading } = useTasks()
  return (
    <Suspense>
      {`${sum.status} ${run.status} ${run.uuid === uuid} ${tasks.length} ${isLoading} ${sum.connection}`}
    </Suspense>
  )
}

test('a server renders the first state, without a window and without a request', async () => {
  expect(typeof window).toBe('undefined')
  const server = await new TaskServer().start()
  const client = createClient({ baseURL: server.baseURL })
  const { uuid } = server.add()
  const html = renderToString(
    <TaskClientProvider client={client}>
      <Everything uuid={uuid} />
    </TaskClientProvider>,
  )
  expect(html).toContain('idle pending true 0 true idle')
  await new Promise(setImmediate)
  expect(server.requests).toEqual([])
  await server.stop()
})

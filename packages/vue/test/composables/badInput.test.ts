// @vitest-environment jsdom

import tasks from 'django-task-api'
import { expect, test } from 'vitest'
import { createApp, defineComponent } from 'vue'
import { json } from '../../../core/test/taskServer'
import { useTask, useTaskRun, useTasks } from '../../src'
import { createSum, setUpPage } from './page'

const h = setUpPage()

test.each([
  [{ numbers: [Number.NaN] }, 'The inputs of "sum" cannot be sent as JSON: 0 is NaN.'],
  ['text', 'The inputs of "sum" cannot be sent as JSON: text is no object.'],
])('inputs that are no JSON are told in error: %#', async (inputs, message) => {
  const { component, made } = createSum(h)
  h.mount(component)
  made.sum.run(inputs as never)
  await h.shows('failed')
  expect(made.sum.error.value?.message).toBe(message)
  expect(h.server.requests).toEqual([])
})

test('what the server refuses is told in error', async () => {
  const { component, made } = createSum(h)
  h.mount(component)
  h.server.faults = [(_request, response) => json(response, 400, { task: ['There is no task "sum".'] })]
  made.sum.run({})
  await h.shows('failed')
  expect(made.sum.error.value?.message).toBe('The server answered 400: task: There is no task "sum".')
})

test.each(['00000000-0000-4000-8000-000000000999', 'nonsense', 17 as never])(
  'a uuid that is not there is told in error: %s',
  async uuid => {
    h.mount(
      defineComponent(() => {
        const run = useTaskRun(uuid)
        return () => `${run.status.value}: ${run.error.value?.message}`
      }),
    )
    await h.shows(`failed: There is no task ${uuid}, or it is another user's.`)
  },
)

test('a second try after an error starts anew', async () => {
  const { component, made } = createSum(h)
  h.mount(component)
  made.sum.run('text' as never)
  await h.shows('failed')
  made.sum.run({ numbers: [] })
  await h.until(() => made.sum.uuid.value)
  expect([made.sum.status.value, made.sum.error.value]).toEqual(['pending', undefined])
})

test('an event in place of inputs is told in error', async () => {
  const { component, made } = createSum(h)
  h.mount(component)
  made.sum.run(new Event('click') as never)
  await h.shows('failed')
  expect(made.sum.error.value?.message).toBe(
    'The inputs of "sum" cannot be sent as JSON: inputs is [object Event].',
  )
})

test('options that are wrong are told in error', async () => {
  h.client.options.transport = 'websocket' as never
  const { uuid } = h.server.add()
  h.mount(
    defineComponent(() => {
      const { error } = useTaskRun(uuid)
      return () => error.value?.message
    }),
  )
  await h.shows('options.transport is "websocket", must be "auto", "sse" or "poll".')
  h.client.options.transport = 'sse'
})

test('a list that the server refuses is told in error', async () => {
  h.server.faults = [(_request, response) => json(response, 400, { status: ['There is no status "done".'] })]
  h.mount(
    defineComponent(() => {
      const { error, isLoading, tasks } = useTasks({ status: 'done' as never })
      return () => (isLoading.value ? 'loading' : `${error.value?.message} ${tasks.value.length}`)
    }),
  )
  await h.shows('The server answered 400: status: There is no status "done". 0')
})

test('an app without the plugin uses the default client', async () => {
  let sum!: ReturnType<typeof useTask>
  h.app = createApp(
    defineComponent(() => {
      sum = useTask('sum')
      return () => sum.status.value
    }),
  )
  h.app.mount(h.container)
  const { giveUpAfter } = tasks.options
  tasks.options.giveUpAfter = 10
  sum.run({ numbers: [] })
  // The default client has no server here.
  await h.shows('failed')
  tasks.options.giveUpAfter = giveUpAfter
  expect(sum.error.value?.code).toBe('network')
  expect(h.server.requests).toEqual([])
})

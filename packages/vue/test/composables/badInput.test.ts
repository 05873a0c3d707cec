// @vitest-environment jsdom

import { expect, test } from 'vitest'
import { defineComponent } from 'vue'
import { json } from '../../../core/test/taskServer'
import { useTaskRun } from '../../src'
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

// @vitest-environment jsdom
import tasks, { type TaskClient } from 'django-task-api'
import { expect, test } from 'vitest'
import { json } from '../../../core/test/taskServer'
import { TaskClientProvider, type UseTaskReturn, useTask, useTaskRun, useTasks } from '../../src'
import { setUpPage } from './page'

const h = setUpPage()

function Sum({ name = 'sum' }: { name?: string }) {
  const sum = useTask(name)
  h.renders.push(sum)
  return <>{sum.error?.message}</>
}

async function runWith(inputs: unknown, name?: string): Promise<UseTaskReturn> {
  h.render(<Sum name={name as string} />)
  await h.until(() => h.state)
  h.state.run(inputs as never)
  await h.until(() => h.state.isFailed)
  return h.state
}

test.each([
  [{ when: Symbol('now') }, 'The inputs of "sum" cannot be sent as JSON: when is Symbol(now).'],
  [{ numbers: [Number.NaN] }, 'The inputs of "sum" cannot be sent as JSON: 0 is NaN.'],
  ['text', 'The inputs of "sum" cannot be sent as JSON: text is no object.'],
  [new Event('click'), 'The inputs of "sum" cannot be sent as JSON: inputs is [object Event].'],
])('inputs that are no JSON are told in error: %#', async (inputs, message) => {
  const { error, uuid } = await runWith(inputs)
  expect([error?.code, error?.message, uuid]).toEqual(['invalid_inputs', message, undefined])
  expect(h.server.requests).toEqual([])
})

test('inputs that the server refuses are told in error', async () => {
  h.server.faults = [
    (_request, response) => json(response, 400, { inputs: { numbers: ['Expected a list.'] } }),
  ]
  const { error } = await runWith({ numbers: 'one' })
  expect(error?.message).toBe('The server answered 400: inputs.numbers: Expected a list.')
  expect(error?.detail).toEqual({ inputs: { numbers: ['Expected a list.'] } })
})

test('a task that the server does not know is told in error', async () => {
  h.server.faults = [(_request, response) => json(response, 400, { task: ['There is no task "total".'] })]
  const { error } = await runWith({}, 'total')
  expect(error?.message).toBe('The server answered 400: task: There is no task "total".')
})

test('a second try after an error starts anew', async () => {
  await runWith('text')
  h.state.run({ numbers: [] })
  await h.until(() => h.state.uuid)
  expect(h.state).toMatchObject({ status: 'pending', error: undefined })
})

function Run({ uuid }: { uuid: string }) {
  const run = useTaskRun(uuid)
  return <>{`${run.status}: ${run.error?.message}`}</>
}

test.each(['00000000-0000-4000-8000-000000000999', 'nonsense', 17 as never])(
  'a uuid that is not there is told in error: %s',
  async uuid => {
    h.render(<Run uuid={uuid} />)
    await h.shows(`failed: There is no task ${uuid}, or it is another user's.`)
  },
)

test('options that are wrong are told in error', async () => {
  h.client.options.transport = 'websocket' as never
  const { uuid } = h.server.add()
  h.render(<Run uuid={uuid} />)
  await h.shows('failed: options.transport is "websocket", must be "auto", "sse" or "poll".')
  h.client.options.transport = 'sse'
})

function List() {
  const { error, isLoading, tasks } = useTasks({ status: 'done' as never })
  return <>{isLoading ? 'loading' : `${error?.message} ${tasks.length}`}</>
}

test('a list that the server refuses is told in error', async () => {
  h.server.faults = [(_request, response) => json(response, 400, { status: ['There is no status "done".'] })]
  h.render(<List />)
  await h.shows('The server answered 400: status: There is no status "done". 0')
})

test.each([undefined, null])('a provider with no client (%j) stands for the default client', async client => {
  h.render(
    <TaskClientProvider client={client as never as TaskClient}>
      <Sum />
    </TaskClientProvider>,
  )
  await h.until(() => h.state)
  const { giveUpAfter } = tasks.options
  tasks.options.giveUpAfter = 10
  h.state.run({ numbers: [] })
  // The default client has no server here.
  await h.until(() => h.state.error?.code === 'network')
  tasks.options.giveUpAfter = giveUpAfter
  expect(h.server.requests).toEqual([])
})

// @vitest-environment jsdom
import { test, vi } from 'vitest'
import { useTask, useTaskRun } from '../../src'
import { setUpPage } from './page'

// React may forget whatever is memoized, and does so at each fast refresh.
vi.mock('react', async original => {
  const react = await original<typeof import('react')>()
  return { ...react, useMemo: <T,>(make: () => T) => make() }
})

const h = setUpPage()

function Sum({ uuid }: { uuid?: string }) {
  const sum = useTask('sum')
  const run = useTaskRun(uuid)
  h.renders.push(sum)
  return <>{`${sum.status} ${run.status}`}</>
}

test('what is shown stays when React forgets what it has memoized', async () => {
  h.render(<Sum />)
  await h.shows('idle idle')
  h.state.run({ numbers: [] })
  await h.shows('pending idle')
  await h.streams(1)
  h.render(<Sum uuid={h.server.add({ status: 'running' } as never).uuid} />)
  await h.shows('pending running')
  h.server.succeed(h.state.uuid as string)
  await h.shows('succeeded running')
})

import type { Page, Request } from '@playwright/test'

/** Counts the page's requests to the tasks that are not answered to the end, streams included, from now on. */
export function countOpenRequests(page: Page): () => number {
  const open = new Set<Request>()
  page.on('request', request => {
    if (new URL(request.url()).pathname.startsWith('/tasks/')) open.add(request)
  })
  page.on('requestfinished', request => open.delete(request))
  page.on('requestfailed', request => open.delete(request))
  return () => open.size
}

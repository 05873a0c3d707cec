/** The CSRF token of a page: from the cookie, else from a form of Django's, else from a meta tag. */
export function csrfToken(page: Document, cookieName: string): string | undefined {
  return (
    `; ${page.cookie}`.split(`; ${cookieName}=`)[1]?.split(';')[0] ||
    page.querySelector<HTMLInputElement>('input[name=csrfmiddlewaretoken]')?.value ||
    page.querySelector<HTMLMetaElement>('meta[name=csrf-token]')?.content
  )
}

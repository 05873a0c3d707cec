// @ts-expect-error -- It is a parameter of the script's wrapper.
export default defaultClient

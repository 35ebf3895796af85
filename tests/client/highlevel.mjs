// Calls HighLevel's own client for the tests: `node highlevel.mjs URL TOKEN [VERSION]`.
//
// Orders come as JSON lines on standard input: {"method", "args"}, a method of its conversations.
// For each comes one line back: {"is": "answer", "body"} or {"is": "failure", "name",
// "statusCode", "message", "response"}. It ends with its input.
import { createInterface } from 'node:readline'
import { HighLevel } from '@gohighlevel/api-client'

const [url, token, apiVersion] = process.argv.slice(2)
const client = new HighLevel({
  privateIntegrationToken: token,
  logLevel: 'none',
  ...(apiVersion ? { apiVersion } : {}),
})
client.getHttpClient().defaults.baseURL = url

for await (const line of createInterface({ input: process.stdin })) {
  const { method, args } = JSON.parse(line)
  let report
  try {
    report = { is: 'answer', body: await client.conversations[method](...args) }
  } catch ({ name, statusCode, message, response }) {
    report = { is: 'failure', name, statusCode, message, response }
  }
  process.stdout.write(JSON.stringify(report) + '\n')
}

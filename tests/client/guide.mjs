// The calls of the Inbox API's guide, made as it makes them: `node guide.mjs URL TOKEN`.
//
// Prints one JSON object: what each workflow ended with.
import axios from 'axios'

const [url, token] = process.argv.slice(2)
const client = axios.create({ baseURL: `${url}/api/v1`, headers: { Authorization: `Bearer ${token}` } })
const report = {}

{
  const { data } = await client.get('/prospects/lookup', { params: { platformId: '1234567890' } })
  report.lookup = data
  const missing = await client.get('/prospects/lookup', { params: { platformId: '1' } })
  report.missing = missing.data
}

const prospectId = report.lookup.prospect.id
report.byId = (await client.get(`/prospects/${prospectId}`)).data

const patch = async (context) => (await client.patch(`/prospects/${prospectId}/context`, context)).data.prospect

report.notes = await patch({
  notes: 'Interested in Enterprise plan. Follow up next week.',
  valuation: 50000,
})

{
  const { data: tagsData } = await client.get('/tags')
  const hotLeadTag = tagsData.tags.find((t) => t.name === 'Hot Lead')
  const enterpriseTag = tagsData.tags.find((t) => t.name === 'Enterprise')
  report.tagged = await patch({ tagIds: [hotLeadTag.id, enterpriseTag.id] })

  const { data: statusData } = await client.get('/statuses')
  const qualifiedStatus = statusData.statuses.find((s) => s.name === 'Qualified')
  report.qualified = await patch({ statusId: qualifiedStatus.id })

  const { data: membersData } = await client.get('/members')
  const salesRep = membersData.members.find((m) => m.email === 'sales@example.com')
  report.assigned = await patch({ assignedToMemberId: salesRep.id })
}

report.whole = await patch({
  notes: 'Decision maker at Acme Corp',
  valuation: 75000,
  tagIds: ['tag_enterprise', 'tag_decision_maker'],
  statusId: 'status_qualified',
  assignedToMemberId: 'member_sales_lead',
  done: false,
})

{
  const { data } = await client.get('/threads/lookup', {
    params: { prospectPlatformId: '1234567890', accountLinkId: 'acc_abc123' },
  })
  report.thread = data
}

// The points of a prospect, counted by the client.
const pointsOf = (prospect) => {
  let points = 0
  for (const [above, worth] of [[100000, 30], [10000, 20], [1000, 10]]) {
    if (prospect.followersCount > above) {
      points += worth
      break
    }
  }
  if (prospect.verified) points += 15
  const bio = prospect.description?.toLowerCase() || ''
  if (['founder', 'ceo', 'director', 'head of', 'vp'].some((word) => bio.includes(word))) points += 25
  if (prospect.url) points += 10
  return points
}

report.points = []
for (const id of ['prospect_1', 'prospect_2', 'prospect_3', prospectId]) {
  const { data } = await client.get(`/prospects/${id}`)
  const score = await client.get(`/prospects/${id}/score`)
  report.points.push({ id, here: pointsOf(data.prospect), there: score.data })
}

report.bulk = []
for (const [id, context] of [
  ['prospect_1', { statusId: 'status_qualified' }],
  ['prospect_2', { statusId: 'status_qualified' }],
  ['prospect_3', { statusId: 'status_nurture' }],
  ['prospect_4', { statusId: 'status_nurture' }],
]) {
  try {
    await client.patch(`/prospects/${id}/context`, context)
    report.bulk.push({ prospectId: id, success: true })
  } catch (error) {
    report.bulk.push({ prospectId: id, success: false, error: error.message })
  }
}

{
  const { data } = await client.get('/threads', {
    params: { inboxView: 'default', 'filter[tagIds][0]': 'tag_enterprise' },
  })
  report.enterprise = data.threads.map((thread) => ({
    prospectId: thread.prospectId,
    username: thread.prospect.platformUsername,
    threadId: thread.id,
  }))
}

{
  const allThreads = []
  let cursor
  do {
    const { data } = await client.get('/threads', {
      params: {
        limit: 100,
        ...(cursor && { 'cursor[id]': cursor.id, 'cursor[timestamp]': cursor.timestamp }),
      },
    })
    allThreads.push(...data.threads)
    cursor = data.nextCursor
  } while (cursor)
  report.exported = allThreads.map((t) => ({
    prospectId: t.prospect.id,
    platformId: t.prospect.platformId,
    username: t.prospect.platformUsername,
    name: t.prospect.name || '',
    followers: t.prospect.followersCount || 0,
    verified: t.prospect.verified,
    tags: t.prospect.tags.map((tag) => tag.name).join('; '),
    status: t.prospect.status?.name || '',
    notes: t.prospect.notes || '',
  }))
  report.byValuation = allThreads
    .filter((t) => t.prospect.valuation)
    .sort((a, b) => b.prospect.valuation - a.prospect.valuation)
    .map((t) => t.prospect.id)
}

report.csv = (await client.get('/prospects/export')).data
report.lines = (await client.get('/prospects/export', { params: { format: 'jsonl' }, responseType: 'text' })).data

process.stdout.write(JSON.stringify(report))

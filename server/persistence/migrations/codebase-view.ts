import { Migration } from '@mikro-orm/migrations';

/**
 * `SWDPackageCodebase` for the query of KB 179701 and the tools built on it: where each package
 * can be had now, in its current internalVersion `iv`. `{GUID}` is braced and upper case; bases
 * lose their trailing separators; UNC is written `FILE:` with slashes. Rows of a package:
 *
 * - the SMP, when the package is LOCAL and VERIFIED: `public_url` + `/Altiris/PackageShare/{GUID}/iv/`
 *   (type http or https by its scheme) and `unc_root` + `/{GUID}/viv` (type unc), each when the base
 *   exists and the setting `smpPublication` has the type on;
 * - each enabled package server whose holding is READY and has `iv`: a CANOPY server's `http_url`,
 *   `https_url` and `unc_root` with the same paths; a LEGACY server's claimed URLs verbatim, typed
 *   by their scheme. Types are the server's own, else the setting `packageServerPublication`;
 * - the package's own UNC or URL source, always.
 *
 * `source` is the name of the package server, else of the SMP. Without a stored `settings` row the
 * defaults are UNC and HTTP on, HTTPS off. Without an `smp` row the view is empty.
 */
export class CodebaseView extends Migration {
  override up(): void {
    this.addSql(VIEW);
  }
}

const VIEW = String.raw`
create view swdpackagecodebase as
with offered as (
  select p.id, p.internal_version, p.source, p.source_state, p.origin,
    '{' || upper(p.id::text) || '}' as braced,
    m.name as smp_name, rtrim(m.public_url, '/') as smp_url, m.unc_root as smp_unc_root,
    coalesce(s.smp_publication, '{"unc": true, "http": true, "https": false}') as smp_types,
    coalesce(s.package_server_publication, '{"unc": true, "http": true, "https": false}')
      as package_server_types
  from package p cross join smp m left join settings s on true
),
served as (
  select o.id, o.braced, o.internal_version, s.name as source, h.claimed_urls, s.kind,
    s.http_url, s.https_url, s.unc_root,
    coalesce(s.publication_types, o.package_server_types) as types
  from offered o
  join holding h on h.package_id = o.id and h.status = 'READY'
    and h.held @> jsonb_build_array(jsonb_build_object('internalVersion', o.internal_version))
  join package_server s on s.id = h.package_server_id and s.enabled
),
bases as (
  select id, braced, internal_version, smp_name as source, smp_types as types,
    case when lower(smp_url) like 'https:%' then 'https' else 'http' end as type, smp_url as base
  from offered where origin = 'LOCAL' and source_state = 'VERIFIED'
  union all
  select id, braced, internal_version, smp_name, smp_types, 'unc', smp_unc_root
  from offered where origin = 'LOCAL' and source_state = 'VERIFIED'
  union all
  select id, braced, internal_version, source, types, b.type, b.base
  from served cross join lateral (
    values ('http', http_url), ('https', https_url), ('unc', unc_root)
  ) as b (type, base) where kind = 'CANOPY'
),
codebases as (
  select id, source,
    case type
      when 'unc' then 'FILE:' || replace(rtrim(base, '\/'), '\', '/')
        || '/' || braced || '/v' || internal_version
      else rtrim(base, '/') || '/Altiris/PackageShare/' || braced || '/' || internal_version || '/'
    end as url
  from bases where base <> '' and (types ->> type)::boolean
  union all
  select id, source, c.url
  from served cross join lateral jsonb_array_elements_text(claimed_urls) as c (url)
  where kind = 'LEGACY' and (types ->> case
    when lower(c.url) like 'https:%' then 'https'
    when lower(c.url) like 'http:%' then 'http'
    else 'unc' end)::boolean
  union all
  select id, smp_name, case offered.source ->> 'kind'
      when 'UNC' then 'FILE:' || replace(offered.source ->> 'path', '\', '/')
      else offered.source ->> 'url' end
  from offered where offered.source ->> 'kind' in ('UNC', 'URL')
)
select c.id as packageid, c.url, c.source,
  o.smp_url || '/Altiris/NS/Agent/' || o.internal_version || '/GetPackageSnapshot.aspx' as snapshot
from codebases c join offered o on o.id = c.id`;

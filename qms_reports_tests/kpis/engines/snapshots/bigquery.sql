SELECT
  0 AS `_g`,
  `_1`.`_w` AS `_w`,
  CASE WHEN GROUPING(`_1`.`dim__n`) = 0 THEN 0 END AS `_dimension`,
  `_1`.`dim__n` AS `_member`,
  CAST(NULL AS STRING) AS `_stratum`,
  CAST((
    COUNT(*)
  ) AS STRING) AS `v0`,
  CAST((
    NULL
  ) AS STRING) AS `v1`,
  CAST((
    COUNT(*)
  ) AS STRING) AS `v2`,
  CAST((
    COUNT(CASE WHEN `_1`.`filter__0` THEN `_1`.`m` END)
  ) AS STRING) AS `v3`,
  CAST((
    COUNT(CASE WHEN `_1`.`filter__0` THEN 1 END)
  ) AS STRING) AS `v4`,
  CAST((
    COUNT(DISTINCT `_1`.`t`)
  ) AS STRING) AS `v5`,
  CAST((
    SUM(
      CASE
        WHEN `_1`.`filter__0`
        THEN CASE WHEN `_1`.`m` > 0 THEN 1 WHEN NOT `_1`.`m` > 0 THEN 0 END
      END
    )
  ) AS STRING) AS `v6`,
  CAST((
    SUM(`_1`.`x`)
  ) AS STRING) AS `v7`,
  CAST((
    SUM(
      CASE
        WHEN `_1`.`filter__0`
        THEN CASE WHEN `_1`.`b` THEN 1 WHEN NOT `_1`.`b` THEN 0 END
      END
    )
  ) AS STRING) AS `v8`,
  CAST((
    (
      CAST(SUM(`_1`.`x`) AS FLOAT64) / CAST(NULLIF(COUNT(`_1`.`x`), 0) AS FLOAT64)
    )
  ) AS STRING) AS `v9`,
  CAST((
    AVG(
      CASE
        WHEN `_1`.`filter__0`
        THEN CAST(`_1`.`n` AS FLOAT64) / NULLIF(CAST(3 AS FLOAT64), 0)
      END
    )
  ) AS STRING) AS `v10`,
  CAST((
    MIN(`_1`.`t`)
  ) AS STRING) AS `v11`,
  CAST((
    MAX(CASE WHEN `_1`.`filter__0` THEN `_1`.`d` END)
  ) AS STRING) AS `v12`,
  CAST((
    (
      MIN(
        CASE
          WHEN CAST(`_1`.`m` > 0 AS BOOL)
          THEN 1
          WHEN NOT CAST(`_1`.`m` > 0 AS BOOL)
          THEN 0
        END
      ) = 1
    )
  ) AS STRING) AS `v13`,
  CAST((
    (
      MAX(
        CASE
          WHEN `_1`.`filter__0`
          THEN CASE WHEN CAST(`_1`.`b` AS BOOL) THEN 1 WHEN NOT CAST(`_1`.`b` AS BOOL) THEN 0 END
        END
      ) = 1
    )
  ) AS STRING) AS `v14`,
  CAST((
    STDDEV_SAMP(CAST(`_1`.`x` AS FLOAT64))
  ) AS STRING) AS `v15`,
  CAST((
    VARIANCE(CASE WHEN `_1`.`filter__0` THEN CAST(`_1`.`m` AS FLOAT64) END)
  ) AS STRING) AS `v16`,
  CAST((
    CAST(SUM(`_1`.`m`) AS FLOAT64) / NULLIF(CAST(COUNT(*) AS FLOAT64), 0)
  ) AS STRING) AS `v17`,
  CAST((
    COUNT(CASE WHEN `_1`.`m` > 0 AND `_1`.`filter__0` THEN 1 END)
  ) AS STRING) AS `v18`,
  CAST((
    DATE_DIFF(MAX(`_1`.`d`), MIN(`_1`.`d`), DAY)
  ) AS STRING) AS `v19`,
  CAST((
    MAX(CASE WHEN `_1`.`filter__0` THEN MOD(`_1`.`n`, NULLIF(`_1`.`m`, 0)) END)
  ) AS STRING) AS `v20`,
  CAST((
    MAX(ROUND(CAST(`_1`.`x` AS NUMERIC), 2))
  ) AS STRING) AS `v21`,
  CAST((
    MAX(CASE WHEN `_1`.`filter__0` THEN LOG(CAST(`_1`.`n` AS FLOAT64), 10) END)
  ) AS STRING) AS `v22`,
  CAST((
    MAX(POWER(CAST(`_1`.`n` AS FLOAT64), CAST(2 AS FLOAT64)))
  ) AS STRING) AS `v23`,
  CAST((
    MAX(
      CASE
        WHEN `_1`.`filter__0`
        THEN GREATEST(COALESCE(`_1`.`n`, `_1`.`m`), COALESCE(`_1`.`m`, `_1`.`n`))
      END
    )
  ) AS STRING) AS `v24`,
  CAST((
    MAX(LEAST(COALESCE(`_1`.`d`, `_1`.`e`), COALESCE(`_1`.`e`, `_1`.`d`)))
  ) AS STRING) AS `v25`,
  CAST((
    MAX(
      CASE
        WHEN `_1`.`filter__0`
        THEN DATE_DIFF(`_1`.`period_last_day`, `_1`.`d`, DAY)
      END
    )
  ) AS STRING) AS `v26`,
  CAST((
    MAX(
      (
        CAST(EXTRACT(YEAR FROM `_1`.`e`) AS INT64) * 12 + CAST(EXTRACT(MONTH FROM `_1`.`e`) AS INT64) - (
          CAST(EXTRACT(YEAR FROM `_1`.`d`) AS INT64) * 12 + CAST(EXTRACT(MONTH FROM `_1`.`d`) AS INT64)
        )
      )
    )
  ) AS STRING) AS `v27`,
  CAST((
    MAX(
      CASE
        WHEN `_1`.`filter__0`
        THEN DATE_ADD(`_1`.`d`, INTERVAL (
          CAST(1 AS INT64)
        ) MONTH)
      END
    )
  ) AS STRING) AS `v28`,
  CAST((
    MAX(DATE_ADD(`_1`.`d`, INTERVAL (
      CAST(30 AS INT64)
    ) DAY))
  ) AS STRING) AS `v29`,
  CAST((
    MAX(CASE WHEN `_1`.`filter__0` THEN `_1`.`moment` + INTERVAL '2' HOUR END)
  ) AS STRING) AS `v30`,
  CAST((
    MAX(DATE_TRUNC(`_1`.`d`, MONTH))
  ) AS STRING) AS `v31`,
  CAST((
    MAX(
      CASE
        WHEN `_1`.`filter__0`
        THEN DATE_ADD(DATE_ADD(DATE_TRUNC(`_1`.`d`, MONTH), INTERVAL (
          CAST(1 AS INT64)
        ) MONTH), INTERVAL (
          CAST(-1 AS INT64)
        ) DAY)
      END
    )
  ) AS STRING) AS `v32`,
  CAST((
    MAX(DATE(CAST(2024 AS INT64), CAST(2 AS INT64), CAST(1 AS INT64)))
  ) AS STRING) AS `v33`,
  CAST((
    MAX(CASE WHEN `_1`.`filter__0` THEN CAST(EXTRACT(YEAR FROM `_1`.`d`) AS INT64) END)
  ) AS STRING) AS `v34`,
  CAST((
    MAX(CAST(EXTRACT(ISOWEEK FROM `_1`.`d`) AS INT64))
  ) AS STRING) AS `v35`,
  CAST((
    MAX(
      CASE
        WHEN `_1`.`filter__0`
        THEN (
          (
            MOD((
              MOD(DATE_DIFF(`_1`.`d`, CAST('1900-01-01' AS DATE), DAY), 7)
            ) + 7, 7)
          ) + 1
        )
      END
    )
  ) AS STRING) AS `v36`,
  CAST((
    MAX(
      (
        COALESCE(`_1`.`t`, '') || COALESCE('-', '') || COALESCE(CAST(`_1`.`n` AS STRING), '')
      )
    )
  ) AS STRING) AS `v37`,
  CAST((
    MAX(CASE WHEN `_1`.`filter__0` THEN `_1`.`t` || `_1`.`u` END)
  ) AS STRING) AS `v38`,
  CAST((
    MAX(LEFT(`_1`.`t`, 2))
  ) AS STRING) AS `v39`,
  CAST((
    MAX(CASE WHEN `_1`.`filter__0` THEN REPLACE(`_1`.`t`, 'a', 'o') END)
  ) AS STRING) AS `v40`,
  CAST((
    SUM(
      CASE
        WHEN INSTR(`_1`.`t`, 'a') > 0
        THEN 1
        WHEN NOT INSTR(`_1`.`t`, 'a') > 0
        THEN 0
      END
    )
  ) AS STRING) AS `v41`,
  CAST((
    SUM(
      CASE
        WHEN `_1`.`filter__0`
        THEN CASE
          WHEN LEFT(`_1`.`t`, LENGTH('a')) = 'a'
          THEN 1
          WHEN NOT LEFT(`_1`.`t`, LENGTH('a')) = 'a'
          THEN 0
        END
      END
    )
  ) AS STRING) AS `v42`,
  CAST((
    SUM(CASE WHEN `_1`.`t` LIKE '%a%' THEN 1 WHEN NOT `_1`.`t` LIKE '%a%' THEN 0 END)
  ) AS STRING) AS `v43`,
  CAST((
    MAX(
      CASE
        WHEN `_1`.`filter__0`
        THEN CAST(CASE WHEN `_1`.`b` THEN 1 WHEN NOT `_1`.`b` THEN 0 END AS INT64)
      END
    )
  ) AS STRING) AS `v44`,
  CAST((
    MAX(CASE WHEN `_1`.`b` THEN `_1`.`x` END)
  ) AS STRING) AS `v45`,
  CAST((
    SUM(
      CASE
        WHEN `_1`.`filter__0`
        THEN CASE
          WHEN `_1`.`m` IS DISTINCT FROM 3
          THEN 1
          WHEN NOT `_1`.`m` IS DISTINCT FROM 3
          THEN 0
        END
      END
    )
  ) AS STRING) AS `v46`,
  CAST((
    SUM(
      CASE
        WHEN `_1`.`d` >= CAST('2024-01-01' AS DATE)
        THEN 1
        WHEN NOT `_1`.`d` >= CAST('2024-01-01' AS DATE)
        THEN 0
      END
    )
  ) AS STRING) AS `v47`
FROM (
  SELECT
    `_0`.`_w` AS `_w`,
    `_0`.`period_last_day` AS `period_last_day`,
    `_0`.`n` AS `n`,
    `_0`.`m` AS `m`,
    `_0`.`x` AS `x`,
    `_0`.`t` AS `t`,
    `_0`.`u` AS `u`,
    `_0`.`d` AS `d`,
    `_0`.`e` AS `e`,
    `_0`.`moment` AS `moment`,
    `_0`.`b` AS `b`,
    COALESCE(CAST(`_0`.`n` AS STRING), '(not stated)') AS `dim__n`,
    (
      `_0`.`n` < 4
    ) AS `filter__0`
  FROM (
    SELECT
      `w`.`_w` AS `_w`,
      `w`.`period_last_day` AS `period_last_day`,
      `d`.`n` AS `n`,
      `d`.`m` AS `m`,
      `d`.`x` AS `x`,
      `d`.`t` AS `t`,
      `d`.`u` AS `u`,
      `d`.`d` AS `d`,
      `d`.`e` AS `e`,
      `d`.`moment` AS `moment`,
      `d`.`b` AS `b`
    FROM (
      SELECT
        `t`.`_w` AS `_w`,
        `t`.`period_last_day` AS `period_last_day`
      FROM UNNEST([
        STRUCT(
          0 AS `_w`,
          CAST('2024-05-01' AS DATE) AS `_from`,
          CAST('2024-04-30 22:00:00' AS DATETIME) AS `_from_at`,
          CAST('2024-05-01' AS DATE) AS `period_start`,
          CAST('2024-06-01' AS DATE) AS `period_end`,
          CAST('2024-05-31' AS DATE) AS `period_last_day`,
          CAST('2024-04-30 22:00:00' AS DATETIME) AS `period_start_at`,
          CAST('2024-05-31 22:00:00' AS DATETIME) AS `period_end_at`
        )
      ]) AS `t`
    ) AS `w`
    JOIN (
      SELECT
        `r`.`n` AS `n`,
        `r`.`m` AS `m`,
        `r`.`x` AS `x`,
        `r`.`t` AS `t`,
        `r`.`u` AS `u`,
        `r`.`d` AS `d`,
        `r`.`e` AS `e`,
        `r`.`moment` AS `moment`,
        `r`.`b` AS `b`
      FROM `records`.`r_0123456789abcdef` AS `r`
      WHERE
        TRUE
    ) AS `d`
      ON TRUE
  ) AS `_0`
) AS `_1`
GROUP BY
  GROUPING SETS (
    (
      `_1`.`_w`
    ),
    (`_1`.`_w`, `_1`.`dim__n`)
  )
UNION ALL
SELECT
  1 AS `_g`,
  `_3`.`_w` AS `_w`,
  CASE WHEN GROUPING(`_3`.`dim__n`) = 0 THEN 0 END AS `_dimension`,
  `_3`.`dim__n` AS `_member`,
  CAST(NULL AS STRING) AS `_stratum`,
  CAST((
    COUNT(*)
  ) AS STRING) AS `v0`,
  CAST((
    NULL
  ) AS STRING) AS `v1`,
  CAST((
    COUNT(*)
  ) AS STRING) AS `v2`,
  CAST(NULL AS STRING) AS `v3`,
  CAST(NULL AS STRING) AS `v4`,
  CAST(NULL AS STRING) AS `v5`,
  CAST(NULL AS STRING) AS `v6`,
  CAST(NULL AS STRING) AS `v7`,
  CAST(NULL AS STRING) AS `v8`,
  CAST(NULL AS STRING) AS `v9`,
  CAST(NULL AS STRING) AS `v10`,
  CAST(NULL AS STRING) AS `v11`,
  CAST(NULL AS STRING) AS `v12`,
  CAST(NULL AS STRING) AS `v13`,
  CAST(NULL AS STRING) AS `v14`,
  CAST(NULL AS STRING) AS `v15`,
  CAST(NULL AS STRING) AS `v16`,
  CAST(NULL AS STRING) AS `v17`,
  CAST(NULL AS STRING) AS `v18`,
  CAST(NULL AS STRING) AS `v19`,
  CAST(NULL AS STRING) AS `v20`,
  CAST(NULL AS STRING) AS `v21`,
  CAST(NULL AS STRING) AS `v22`,
  CAST(NULL AS STRING) AS `v23`,
  CAST(NULL AS STRING) AS `v24`,
  CAST(NULL AS STRING) AS `v25`,
  CAST(NULL AS STRING) AS `v26`,
  CAST(NULL AS STRING) AS `v27`,
  CAST(NULL AS STRING) AS `v28`,
  CAST(NULL AS STRING) AS `v29`,
  CAST(NULL AS STRING) AS `v30`,
  CAST(NULL AS STRING) AS `v31`,
  CAST(NULL AS STRING) AS `v32`,
  CAST(NULL AS STRING) AS `v33`,
  CAST(NULL AS STRING) AS `v34`,
  CAST(NULL AS STRING) AS `v35`,
  CAST(NULL AS STRING) AS `v36`,
  CAST(NULL AS STRING) AS `v37`,
  CAST(NULL AS STRING) AS `v38`,
  CAST(NULL AS STRING) AS `v39`,
  CAST(NULL AS STRING) AS `v40`,
  CAST(NULL AS STRING) AS `v41`,
  CAST(NULL AS STRING) AS `v42`,
  CAST(NULL AS STRING) AS `v43`,
  CAST(NULL AS STRING) AS `v44`,
  CAST(NULL AS STRING) AS `v45`,
  CAST(NULL AS STRING) AS `v46`,
  CAST(NULL AS STRING) AS `v47`
FROM (
  SELECT
    `_2`.`_w` AS `_w`,
    COALESCE(CAST(`_2`.`n` AS STRING), '(not stated)') AS `dim__n`
  FROM (
    SELECT
      `w`.`_w` AS `_w`,
      `d`.`n` AS `n`
    FROM (
      SELECT
        `t`.`_w` AS `_w`,
        `t`.`_from_at` AS `_from_at`,
        `t`.`period_end_at` AS `period_end_at`
      FROM UNNEST([
        STRUCT(
          0 AS `_w`,
          CAST('2024-05-01' AS DATE) AS `_from`,
          CAST('2024-04-30 22:00:00' AS DATETIME) AS `_from_at`,
          CAST('2024-05-01' AS DATE) AS `period_start`,
          CAST('2024-06-01' AS DATE) AS `period_end`,
          CAST('2024-05-31' AS DATE) AS `period_last_day`,
          CAST('2024-04-30 22:00:00' AS DATETIME) AS `period_start_at`,
          CAST('2024-05-31 22:00:00' AS DATETIME) AS `period_end_at`
        )
      ]) AS `t`
    ) AS `w`
    JOIN (
      SELECT
        `r`.`n` AS `n`,
        `r`.`moment` AS `moment`
      FROM `records`.`r_0123456789abcdef` AS `r`
      WHERE
        `r`.`moment` >= CAST('2024-04-30 22:00:00' AS DATETIME)
        AND `r`.`moment` < CAST('2024-05-31 22:00:00' AS DATETIME)
    ) AS `d`
      ON `w`.`_w` = CASE
        WHEN `d`.`moment` < CAST('2024-04-30 22:00:00' AS DATETIME)
        THEN NULL
        ELSE CASE
          WHEN `d`.`moment` < CAST('2024-05-31 22:00:00' AS DATETIME)
          THEN 0
          ELSE NULL
        END
      END
      AND `d`.`moment` >= `w`.`_from_at`
      AND `d`.`moment` < `w`.`period_end_at`
  ) AS `_2`
) AS `_3`
GROUP BY
  GROUPING SETS (
    (
      `_3`.`_w`
    ),
    (`_3`.`_w`, `_3`.`dim__n`)
  )

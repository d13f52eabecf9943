SELECT
  0 AS "_g",
  "_1"."_w" AS "_w",
  CASE WHEN GROUPING("_1"."dim__n") = 0 THEN 0 END AS "_dimension",
  "_1"."dim__n" AS "_member",
  CAST(NULL AS VARCHAR(MAX)) AS "_stratum",
  CAST((
    COUNT(*)
  ) AS VARCHAR(MAX)) AS "v0",
  CAST((
    NULL
  ) AS VARCHAR(MAX)) AS "v1",
  CAST((
    COUNT(*)
  ) AS VARCHAR(MAX)) AS "v2",
  CAST((
    COUNT(CASE WHEN "_1"."filter__0" THEN "_1"."m" END)
  ) AS VARCHAR(MAX)) AS "v3",
  CAST((
    COUNT(CASE WHEN "_1"."filter__0" THEN 1 END)
  ) AS VARCHAR(MAX)) AS "v4",
  CAST((
    COUNT(DISTINCT "_1"."t")
  ) AS VARCHAR(MAX)) AS "v5",
  CAST((
    SUM(
      CASE
        WHEN "_1"."filter__0"
        THEN CASE WHEN "_1"."m" > 0 THEN 1 WHEN NOT "_1"."m" > 0 THEN 0 END
      END
    )
  ) AS VARCHAR(MAX)) AS "v6",
  CAST((
    SUM("_1"."x")
  ) AS VARCHAR(MAX)) AS "v7",
  CAST((
    SUM(
      CASE
        WHEN "_1"."filter__0"
        THEN CASE WHEN "_1"."b" THEN 1 WHEN NOT "_1"."b" THEN 0 END
      END
    )
  ) AS VARCHAR(MAX)) AS "v8",
  CAST((
    (
      CAST(SUM("_1"."x") AS DOUBLE PRECISION) / CAST(NULLIF(COUNT("_1"."x"), 0) AS DOUBLE PRECISION)
    )
  ) AS VARCHAR(MAX)) AS "v9",
  CAST((
    AVG(
      CASE
        WHEN "_1"."filter__0"
        THEN CAST("_1"."n" AS DOUBLE PRECISION) / NULLIF(CAST(3 AS DOUBLE PRECISION), 0)
      END
    )
  ) AS VARCHAR(MAX)) AS "v10",
  CAST((
    MIN("_1"."t")
  ) AS VARCHAR(MAX)) AS "v11",
  CAST((
    MAX(CASE WHEN "_1"."filter__0" THEN "_1"."d" END)
  ) AS VARCHAR(MAX)) AS "v12",
  CAST((
    (
      MIN(
        CASE
          WHEN CAST("_1"."m" > 0 AS BOOLEAN)
          THEN 1
          WHEN NOT CAST("_1"."m" > 0 AS BOOLEAN)
          THEN 0
        END
      ) = 1
    )
  ) AS VARCHAR(MAX)) AS "v13",
  CAST((
    (
      MAX(
        CASE
          WHEN "_1"."filter__0"
          THEN CASE
            WHEN CAST("_1"."b" AS BOOLEAN)
            THEN 1
            WHEN NOT CAST("_1"."b" AS BOOLEAN)
            THEN 0
          END
        END
      ) = 1
    )
  ) AS VARCHAR(MAX)) AS "v14",
  CAST((
    STDDEV_SAMP(CAST("_1"."x" AS DOUBLE PRECISION))
  ) AS VARCHAR(MAX)) AS "v15",
  CAST((
    VAR_SAMP(CASE WHEN "_1"."filter__0" THEN CAST("_1"."m" AS DOUBLE PRECISION) END)
  ) AS VARCHAR(MAX)) AS "v16",
  CAST((
    CAST(SUM("_1"."m") AS DOUBLE PRECISION) / NULLIF(CAST(COUNT(*) AS DOUBLE PRECISION), 0)
  ) AS VARCHAR(MAX)) AS "v17",
  CAST((
    COUNT(CASE WHEN "_1"."m" > 0 AND "_1"."filter__0" THEN 1 END)
  ) AS VARCHAR(MAX)) AS "v18",
  CAST((
    DATEDIFF(DAY, MIN("_1"."d"), MAX("_1"."d"))
  ) AS VARCHAR(MAX)) AS "v19",
  CAST((
    MAX(CASE WHEN "_1"."filter__0" THEN "_1"."n" % NULLIF("_1"."m", 0) END)
  ) AS VARCHAR(MAX)) AS "v20",
  CAST((
    MAX(ROUND(CAST("_1"."x" AS DECIMAL(38, 9)), 2))
  ) AS VARCHAR(MAX)) AS "v21",
  CAST((
    MAX(CASE WHEN "_1"."filter__0" THEN LOG(CAST("_1"."n" AS DOUBLE PRECISION)) END)
  ) AS VARCHAR(MAX)) AS "v22",
  CAST((
    MAX(POWER(CAST("_1"."n" AS DOUBLE PRECISION), CAST(2 AS DOUBLE PRECISION)))
  ) AS VARCHAR(MAX)) AS "v23",
  CAST((
    MAX(CASE WHEN "_1"."filter__0" THEN GREATEST("_1"."n", "_1"."m") END)
  ) AS VARCHAR(MAX)) AS "v24",
  CAST((
    MAX(LEAST("_1"."d", "_1"."e"))
  ) AS VARCHAR(MAX)) AS "v25",
  CAST((
    MAX(
      CASE WHEN "_1"."filter__0" THEN DATEDIFF(DAY, "_1"."d", "_1"."period_last_day") END
    )
  ) AS VARCHAR(MAX)) AS "v26",
  CAST((
    MAX(
      (
        CAST(EXTRACT(YEAR FROM "_1"."e") AS INTEGER) * 12 + CAST(EXTRACT(MONTH FROM "_1"."e") AS INTEGER) - (
          CAST(EXTRACT(YEAR FROM "_1"."d") AS INTEGER) * 12 + CAST(EXTRACT(MONTH FROM "_1"."d") AS INTEGER)
        )
      )
    )
  ) AS VARCHAR(MAX)) AS "v27",
  CAST((
    MAX(
      CASE
        WHEN "_1"."filter__0"
        THEN CAST(DATEADD(MONTH, CAST(1 AS INTEGER), "_1"."d") AS DATE)
      END
    )
  ) AS VARCHAR(MAX)) AS "v28",
  CAST((
    MAX((
      "_1"."d" + CAST(30 AS INTEGER)
    ))
  ) AS VARCHAR(MAX)) AS "v29",
  CAST((
    MAX(CASE WHEN "_1"."filter__0" THEN "_1"."moment" + INTERVAL '2 HOUR' END)
  ) AS VARCHAR(MAX)) AS "v30",
  CAST((
    MAX(CAST(DATE_TRUNC('MONTH', "_1"."d") AS DATE))
  ) AS VARCHAR(MAX)) AS "v31",
  CAST((
    MAX(
      CASE
        WHEN "_1"."filter__0"
        THEN (
          CAST(DATEADD(MONTH, CAST(1 AS INTEGER), CAST(DATE_TRUNC('MONTH', "_1"."d") AS DATE)) AS DATE) + CAST(-1 AS INTEGER)
        )
      END
    )
  ) AS VARCHAR(MAX)) AS "v32",
  CAST((
    MAX(CAST(EXTRACT(YEAR FROM "_1"."d") AS INTEGER))
  ) AS VARCHAR(MAX)) AS "v33",
  CAST((
    MAX(CASE WHEN "_1"."filter__0" THEN CAST(EXTRACT(WEEK FROM "_1"."d") AS INTEGER) END)
  ) AS VARCHAR(MAX)) AS "v34",
  CAST((
    MAX(
      (
        (
          (
            (
              (
                DATEDIFF(DAY, CAST('1900-01-01' AS DATE), "_1"."d")
              ) % 7
            ) + 7
          ) % 7
        ) + 1
      )
    )
  ) AS VARCHAR(MAX)) AS "v35",
  CAST((
    MAX(
      CASE
        WHEN "_1"."filter__0"
        THEN (
          COALESCE("_1"."t", '') || COALESCE('-', '') || COALESCE(CAST("_1"."n" AS VARCHAR(MAX)), '')
        )
      END
    )
  ) AS VARCHAR(MAX)) AS "v36",
  CAST((
    MAX("_1"."t" || "_1"."u")
  ) AS VARCHAR(MAX)) AS "v37",
  CAST((
    MAX(CASE WHEN "_1"."filter__0" THEN LEFT("_1"."t", 2) END)
  ) AS VARCHAR(MAX)) AS "v38",
  CAST((
    MAX(REPLACE("_1"."t", 'a', 'o'))
  ) AS VARCHAR(MAX)) AS "v39",
  CAST((
    SUM(
      CASE
        WHEN "_1"."filter__0"
        THEN CASE
          WHEN POSITION('a' IN "_1"."t") > 0
          THEN 1
          WHEN NOT POSITION('a' IN "_1"."t") > 0
          THEN 0
        END
      END
    )
  ) AS VARCHAR(MAX)) AS "v40",
  CAST((
    SUM(
      CASE
        WHEN LEFT("_1"."t", LENGTH('a')) = 'a'
        THEN 1
        WHEN NOT LEFT("_1"."t", LENGTH('a')) = 'a'
        THEN 0
      END
    )
  ) AS VARCHAR(MAX)) AS "v41",
  CAST((
    SUM(
      CASE
        WHEN "_1"."filter__0"
        THEN CASE WHEN "_1"."t" LIKE '%a%' THEN 1 WHEN NOT "_1"."t" LIKE '%a%' THEN 0 END
      END
    )
  ) AS VARCHAR(MAX)) AS "v42",
  CAST((
    MAX(CAST(CASE WHEN "_1"."b" THEN 1 WHEN NOT "_1"."b" THEN 0 END AS INTEGER))
  ) AS VARCHAR(MAX)) AS "v43",
  CAST((
    MAX(CASE WHEN "_1"."filter__0" THEN CASE WHEN "_1"."b" THEN "_1"."x" END END)
  ) AS VARCHAR(MAX)) AS "v44",
  CAST((
    SUM(
      CASE
        WHEN "_1"."d" >= CAST('2024-01-01' AS DATE)
        THEN 1
        WHEN NOT "_1"."d" >= CAST('2024-01-01' AS DATE)
        THEN 0
      END
    )
  ) AS VARCHAR(MAX)) AS "v45"
FROM (
  SELECT
    "_0"."_w" AS "_w",
    "_0"."period_last_day" AS "period_last_day",
    "_0"."n" AS "n",
    "_0"."m" AS "m",
    "_0"."x" AS "x",
    "_0"."t" AS "t",
    "_0"."u" AS "u",
    "_0"."d" AS "d",
    "_0"."e" AS "e",
    "_0"."moment" AS "moment",
    "_0"."b" AS "b",
    COALESCE(CAST("_0"."n" AS VARCHAR(MAX)), '(not stated)') AS "dim__n",
    (
      "_0"."n" < 4
    ) AS "filter__0"
  FROM (
    SELECT
      "w"."_w" AS "_w",
      "w"."period_last_day" AS "period_last_day",
      "d"."n" AS "n",
      "d"."m" AS "m",
      "d"."x" AS "x",
      "d"."t" AS "t",
      "d"."u" AS "u",
      "d"."d" AS "d",
      "d"."e" AS "e",
      "d"."moment" AS "moment",
      "d"."b" AS "b"
    FROM (
      SELECT
        "t"."_w" AS "_w",
        "t"."period_last_day" AS "period_last_day"
      FROM (
        SELECT
          0 AS "_w",
          CAST('2024-05-01' AS DATE) AS "_from",
          CAST('2024-04-30 22:00:00' AS TIMESTAMP) AS "_from_at",
          CAST('2024-05-01' AS DATE) AS "period_start",
          CAST('2024-06-01' AS DATE) AS "period_end",
          CAST('2024-05-31' AS DATE) AS "period_last_day",
          CAST('2024-04-30 22:00:00' AS TIMESTAMP) AS "period_start_at",
          CAST('2024-05-31 22:00:00' AS TIMESTAMP) AS "period_end_at"
      ) AS "t"
    ) AS "w"
    JOIN (
      SELECT
        "r"."n" AS "n",
        "r"."m" AS "m",
        "r"."x" AS "x",
        "r"."t" AS "t",
        "r"."u" AS "u",
        "r"."d" AS "d",
        "r"."e" AS "e",
        "r"."moment" AS "moment",
        "r"."b" AS "b"
      FROM "records"."r_0123456789abcdef" AS "r"
      WHERE
        TRUE
    ) AS "d"
      ON TRUE
  ) AS "_0"
) AS "_1"
GROUP BY
  GROUPING SETS (
    (
      "_1"."_w"
    ),
    ("_1"."_w", "_1"."dim__n")
  )
UNION ALL
SELECT
  1 AS "_g",
  "_3"."_w" AS "_w",
  CASE WHEN GROUPING("_3"."dim__n") = 0 THEN 0 END AS "_dimension",
  "_3"."dim__n" AS "_member",
  CAST(NULL AS VARCHAR(MAX)) AS "_stratum",
  CAST((
    COUNT(*)
  ) AS VARCHAR(MAX)) AS "v0",
  CAST((
    NULL
  ) AS VARCHAR(MAX)) AS "v1",
  CAST((
    COUNT(*)
  ) AS VARCHAR(MAX)) AS "v2",
  CAST(NULL AS VARCHAR(MAX)) AS "v3",
  CAST(NULL AS VARCHAR(MAX)) AS "v4",
  CAST(NULL AS VARCHAR(MAX)) AS "v5",
  CAST(NULL AS VARCHAR(MAX)) AS "v6",
  CAST(NULL AS VARCHAR(MAX)) AS "v7",
  CAST(NULL AS VARCHAR(MAX)) AS "v8",
  CAST(NULL AS VARCHAR(MAX)) AS "v9",
  CAST(NULL AS VARCHAR(MAX)) AS "v10",
  CAST(NULL AS VARCHAR(MAX)) AS "v11",
  CAST(NULL AS VARCHAR(MAX)) AS "v12",
  CAST(NULL AS VARCHAR(MAX)) AS "v13",
  CAST(NULL AS VARCHAR(MAX)) AS "v14",
  CAST(NULL AS VARCHAR(MAX)) AS "v15",
  CAST(NULL AS VARCHAR(MAX)) AS "v16",
  CAST(NULL AS VARCHAR(MAX)) AS "v17",
  CAST(NULL AS VARCHAR(MAX)) AS "v18",
  CAST(NULL AS VARCHAR(MAX)) AS "v19",
  CAST(NULL AS VARCHAR(MAX)) AS "v20",
  CAST(NULL AS VARCHAR(MAX)) AS "v21",
  CAST(NULL AS VARCHAR(MAX)) AS "v22",
  CAST(NULL AS VARCHAR(MAX)) AS "v23",
  CAST(NULL AS VARCHAR(MAX)) AS "v24",
  CAST(NULL AS VARCHAR(MAX)) AS "v25",
  CAST(NULL AS VARCHAR(MAX)) AS "v26",
  CAST(NULL AS VARCHAR(MAX)) AS "v27",
  CAST(NULL AS VARCHAR(MAX)) AS "v28",
  CAST(NULL AS VARCHAR(MAX)) AS "v29",
  CAST(NULL AS VARCHAR(MAX)) AS "v30",
  CAST(NULL AS VARCHAR(MAX)) AS "v31",
  CAST(NULL AS VARCHAR(MAX)) AS "v32",
  CAST(NULL AS VARCHAR(MAX)) AS "v33",
  CAST(NULL AS VARCHAR(MAX)) AS "v34",
  CAST(NULL AS VARCHAR(MAX)) AS "v35",
  CAST(NULL AS VARCHAR(MAX)) AS "v36",
  CAST(NULL AS VARCHAR(MAX)) AS "v37",
  CAST(NULL AS VARCHAR(MAX)) AS "v38",
  CAST(NULL AS VARCHAR(MAX)) AS "v39",
  CAST(NULL AS VARCHAR(MAX)) AS "v40",
  CAST(NULL AS VARCHAR(MAX)) AS "v41",
  CAST(NULL AS VARCHAR(MAX)) AS "v42",
  CAST(NULL AS VARCHAR(MAX)) AS "v43",
  CAST(NULL AS VARCHAR(MAX)) AS "v44",
  CAST(NULL AS VARCHAR(MAX)) AS "v45"
FROM (
  SELECT
    "_2"."_w" AS "_w",
    COALESCE(CAST("_2"."n" AS VARCHAR(MAX)), '(not stated)') AS "dim__n"
  FROM (
    SELECT
      "w"."_w" AS "_w",
      "d"."n" AS "n"
    FROM (
      SELECT
        "t"."_w" AS "_w",
        "t"."_from_at" AS "_from_at",
        "t"."period_end_at" AS "period_end_at"
      FROM (
        SELECT
          0 AS "_w",
          CAST('2024-05-01' AS DATE) AS "_from",
          CAST('2024-04-30 22:00:00' AS TIMESTAMP) AS "_from_at",
          CAST('2024-05-01' AS DATE) AS "period_start",
          CAST('2024-06-01' AS DATE) AS "period_end",
          CAST('2024-05-31' AS DATE) AS "period_last_day",
          CAST('2024-04-30 22:00:00' AS TIMESTAMP) AS "period_start_at",
          CAST('2024-05-31 22:00:00' AS TIMESTAMP) AS "period_end_at"
      ) AS "t"
    ) AS "w"
    JOIN (
      SELECT
        "r"."n" AS "n",
        "r"."moment" AS "moment"
      FROM "records"."r_0123456789abcdef" AS "r"
      WHERE
        "r"."moment" >= CAST('2024-04-30 22:00:00' AS TIMESTAMP)
        AND "r"."moment" < CAST('2024-05-31 22:00:00' AS TIMESTAMP)
    ) AS "d"
      ON "w"."_w" = CASE
        WHEN "d"."moment" < CAST('2024-04-30 22:00:00' AS TIMESTAMP)
        THEN NULL
        ELSE CASE
          WHEN "d"."moment" < CAST('2024-05-31 22:00:00' AS TIMESTAMP)
          THEN 0
          ELSE NULL
        END
      END
      AND "d"."moment" >= "w"."_from_at"
      AND "d"."moment" < "w"."period_end_at"
  ) AS "_2"
) AS "_3"
GROUP BY
  GROUPING SETS (
    (
      "_3"."_w"
    ),
    ("_3"."_w", "_3"."dim__n")
  )

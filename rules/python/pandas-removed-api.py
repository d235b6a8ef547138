import pandas as pd
from pandas import DataFrame


def positives(path, other, table):
    result = pd.DataFrame(columns=["a"])
    for row in other:
        # ruleid: pandas-removed-api
        result = result.append(row)
    # ruleid: pandas-removed-api
    result = table.append(row, ignore_index=True)
    # ruleid: pandas-removed-api
    first = table.ix[0]
    # ruleid: pandas-removed-api
    lower = table.applymap(str.lower)
    # ruleid: pandas-removed-api
    filled = table.fillna(method="ffill")
    # ruleid: pandas-removed-api
    panel = pd.Panel({})
    # ruleid: pandas-removed-api
    zeros = pd.np.zeros(3)
    # ruleid: pandas-removed-api
    read = pd.read_csv(path, error_bad_lines=False)
    return first, lower, filled, panel, zeros, read


def annotated(prices: DataFrame, more: pd.Series):
    # ruleid: pandas-removed-api
    for name, column in prices.iteritems():
        print(name, column)
    # ruleid: pandas-removed-api
    return more.append(more)


def named(df):
    # ruleid: pandas-removed-api
    return df.append({"a": 1})


def negatives(path, other, table):
    rows = []
    for row in other:
        # ok: pandas-removed-api
        rows.append(row)
    frames = [pd.DataFrame(rows)]
    # ok: pandas-removed-api
    frames.append(table)
    # ok: pandas-removed-api
    result = pd.concat(frames, ignore_index=True)
    # ok: pandas-removed-api
    first = table.iloc[0]
    # ok: pandas-removed-api
    lower = table.map(str.lower)
    # ok: pandas-removed-api
    filled = table.fillna(0).ffill()
    # ok: pandas-removed-api
    for key, value in other.iteritems():
        print(key, value)
    # ok: pandas-removed-api
    read = pd.read_csv(path, on_bad_lines="skip")
    try:
        lower = table.map(str.lower)
    except AttributeError:
        # ok: pandas-removed-api
        lower = table.applymap(str.lower)
    # df.append(row, ignore_index=True) is gone
    # ok: pandas-removed-api
    return result, first, lower, filled, read, "df.append(row, ignore_index=True)"

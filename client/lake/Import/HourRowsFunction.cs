using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using DuckDB.NET.Native;

namespace OrleansAnalytics.Lake.Import;

/// <summary>
/// A table of the database that is rows in this process's memory: <see cref="Name"/> gives the columns <c>line, event_time, event_type, price</c> and
/// <see cref="PlainRow.Texts"/>. The database's vectors point at the texts, so that these are copied once, by whoever keeps them.
/// </summary>
internal sealed unsafe class HourRowsFunction : IDisposable
{
    private const int MostRows = 2048;
    private const int InlinedBytes = 12;
    private const int FirstText = 4;

    private static int _names;

    private readonly nint[] _rows = new nint[MostRows];
    private GCHandle _self;

    /// <summary>Makes it known to a database.</summary>
    public HourRowsFunction(DuckDBNativeConnection connection)
    {
        _self = GCHandle.Alloc(this);
        var function = NativeMethods.TableFunction.DuckDBCreateTableFunction();
        NativeMethods.TableFunction.DuckDBTableFunctionSetName(function, Name);
        NativeMethods.TableFunction.DuckDBTableFunctionSetExtraInfo(function, GCHandle.ToIntPtr(_self), &Keep);
        NativeMethods.TableFunction.DuckDBTableFunctionSetBind(function, &Bind);
        NativeMethods.TableFunction.DuckDBTableFunctionSetInit(function, &Keep);
        NativeMethods.TableFunction.DuckDBTableFunctionSetFunction(function, &Fill);
        var state = NativeMethods.TableFunction.DuckDBRegisterTableFunction(connection, function);
        NativeMethods.TableFunction.DuckDBDestroyTableFunction(ref function);
        if (state != DuckDBState.Success)
        {
            throw new InvalidOperationException($"the table function {Name} is not taken");
        }
    }

    /// <summary>Its name in statements.</summary>
    public string Name { get; } = $"hour_rows_{Interlocked.Increment(ref _names)}";

    /// <summary>What the next statement that names it reads, once.</summary>
    public IHourRows? Source { get; set; }

    /// <summary>To be called when no statement will name it any more.</summary>
    public void Dispose() => _self.Free();

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void Keep(nint _)
    {
        // Nothing is to be prepared, and nothing that the database may release.
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void Bind(nint info)
    {
        Add("line", NativeMethods.LogicalType.DuckDBCreateLogicalType(DuckDBType.BigInt));
        Add("event_time", NativeMethods.LogicalType.DuckDBCreateLogicalType(DuckDBType.Timestamp));
        Add("price", NativeMethods.LogicalType.DuckDBCreateDecimalType(18, 4));
        Add("event_type", NativeMethods.LogicalType.DuckDBCreateLogicalType(DuckDBType.Varchar));
        foreach (var text in PlainRow.Texts)
        {
            Add(text, NativeMethods.LogicalType.DuckDBCreateLogicalType(DuckDBType.Varchar));
        }

        void Add(string column, DuckDBLogicalType type)
        {
            using (type)
            {
                NativeMethods.TableFunction.DuckDBBindAddResultColumn(info, column, type);
            }
        }
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void Fill(nint info, nint output)
    {
        try
        {
            var function = (HourRowsFunction)GCHandle.FromIntPtr(NativeMethods.TableFunction.DuckDBFunctionGetExtraInfo(info)).Target!;
            using var chunk = new DuckDBDataChunk(output);
            function.Fill(chunk);
        }
#pragma warning disable CA1031 // An exception that left for native code would end the process.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            NativeMethods.TableFunction.DuckDBFunctionSetError(info, exception.Message);
        }
    }

    private void Fill(DuckDBDataChunk chunk)
    {
        var count = Source!.Next(_rows);
        var rows = _rows.AsSpan(0, count);
        var lines = (long*)Data(chunk, 0, out _);
        var times = (long*)Data(chunk, 1, out _);
        var prices = (long*)Data(chunk, 2, out _);
        var kinds = (Text*)Data(chunk, FirstText - 1, out _);
        var texts = stackalloc Text*[PlainRow.TextCount];
        var vectors = stackalloc nint[PlainRow.TextCount];
        for (var text = 0; text < PlainRow.TextCount; text++)
        {
            texts[text] = (Text*)Data(chunk, FirstText + text, out vectors[text]);
        }

        // Row by row and not column by column: sorted rows lie anywhere in memory, and each is to be fetched once.
        for (var row = 0; row < rows.Length; row++)
        {
            var bytes = (byte*)rows[row];
            lines[row] = Unsafe.ReadUnaligned<long>(bytes + PlainRow.LineAt);
            times[row] = Unsafe.ReadUnaligned<long>(bytes + PlainRow.TimeAt) * 1000;
            prices[row] = Unsafe.ReadUnaligned<long>(bytes + PlainRow.PriceAt);
            kinds[row] = Kinds[Unsafe.ReadUnaligned<ushort>(bytes + PlainRow.KindAt)];
            FillTexts(texts, vectors, row, bytes);
        }

        NativeMethods.DataChunks.DuckDBDataChunkSetSize(chunk, (ulong)count);
    }

    private static void FillTexts(Text** texts, nint* vectors, int row, byte* bytes)
    {
        var lengths = bytes + PlainRow.LengthsAt;
        bytes += PlainRow.HeaderBytes;
        for (var text = 0; text < PlainRow.TextCount; text++)
        {
            int length = Unsafe.ReadUnaligned<ushort>(lengths + (text * sizeof(ushort)));
            if (length == 0)
            {
                NativeMethods.Vectors.DuckDBVectorEnsureValidityWritable(vectors[text]);
                NativeMethods.Vectors.DuckDBVectorGetValidity(vectors[text])[row / 64] &= ~(1UL << (row % 64));
            }

            texts[text][row] = Text.Of(bytes, length);
            bytes += length;
        }
    }

    private static void* Data(DuckDBDataChunk chunk, int column, out nint vector)
    {
        vector = NativeMethods.DataChunks.DuckDBDataChunkGetVector(chunk, column);
        return NativeMethods.Vectors.DuckDBVectorGetData(vector);
    }

    /// <summary>The kinds, where they stay for as long as the program runs.</summary>
    private static readonly Text[] Kinds = [.. PlainRow.Kinds.Select(kind => Text.Of(Pinned(kind), kind.Length))];

    private static byte* Pinned(byte[] text)
    {
        var bytes = (byte*)NativeMemory.Alloc((nuint)text.Length);
        text.CopyTo(new Span<byte>(bytes, text.Length));
        return bytes;
    }

    /// <summary>A text as the database has it (<c>duckdb_string_t</c>): its length, then up to twelve bytes of it, or its first four and where all of it is.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 16)]
    private struct Text
    {
        [FieldOffset(0)]
        private int _length;

        [FieldOffset(4)]
        private int _first;

        [FieldOffset(4)]
        private fixed byte _inlined[InlinedBytes];

        [FieldOffset(8)]
        private byte* _bytes;

        public static Text Of(byte* bytes, int length)
        {
            Text text = default;
            text._length = length;
            if (length <= InlinedBytes)
            {
                new ReadOnlySpan<byte>(bytes, length).CopyTo(new Span<byte>(text._inlined, InlinedBytes));
            }
            else
            {
                text._first = Unsafe.ReadUnaligned<int>(bytes);
                text._bytes = bytes;
            }

            return text;
        }
    }
}

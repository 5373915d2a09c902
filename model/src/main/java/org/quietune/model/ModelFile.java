package org.quietune.model;

import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.StringStringEntryProto;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.protobuf.InvalidProtocolBufferException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;

/**
 * An ONNX model file: inputs [N, …] of one record per row, one float output of probabilities (or
 * logits, or numbers), its trainable parameters as one flat vector θ.
 *
 * <p>A record is a row of floats: the entries of each input, row-major, one input after the other
 * in the file's order. Token ids and masks are such entries too; floats hold integers up to 2²⁴
 * exactly.
 *
 * <p>Guarantee: {@link #withParameters} changes the bytes of the trained float values and no other
 * byte of the file. Tensors that the file keeps in other files are taken in when it is loaded:
 * {@link #bytes}, {@link #save} and {@link #sha256} always speak of one file that holds all.
 *
 * <p>Trainable are the float initializers that serve as weights, kernels, tables, scales and biases
 * of layers, and the coefficients and intercepts of linear models (attributes of {@code
 * ai.onnx.ml}), as far as {@link ModelOptions} selects them; all else is frozen. θ lists them in
 * the order of first use, weight before bias, each row-major. A tensor that several layers share
 * occurs once.
 *
 * <p>Immutable; safe for use by many threads. Any ONNX file with such inputs can be loaded and
 * given new parameters; whether its operators can be differentiated is decided by {@link
 * Network#of}, and by {@link FrozenPrefix#split} for the part behind the first trained tensor.
 */
public final class ModelFile {
  static final String INPUT_COLUMNS_KEY = "quietune.input_columns";
  static final String CLASSES_KEY = "quietune.classes";
  static final String CLASS_NAMES_KEY = "quietune.class_names";
  static final String LOSS_KEY = "quietune.loss";

  private static final ObjectMapper JSON = new ObjectMapper();

  private final byte[] bytes;
  private final ModelOptions options;
  private final ModelProto model;
  private final Graph graph;
  private final Parameters parameters;
  private final List<String> inputColumns;
  private final List<String> classNames;
  private final FloatPayloads payloads;

  private ModelFile(byte[] bytes, String source, ModelOptions options) {
    this.bytes = bytes;
    this.options = options;
    if (bytes.length == 0) {
      throw new InvalidModelException(source, "not an ONNX model: the file is empty");
    }
    try {
      this.model = ModelProto.parseFrom(bytes);
      this.payloads = FloatPayloads.scan(bytes);
    } catch (InvalidProtocolBufferException e) {
      throw new InvalidModelException(source, "not an ONNX model, or truncated", e);
    } catch (IOException e) {
      throw new UncheckedIOException(e); // an in-memory scan meets no other input error
    }
    this.graph = new Graph(model, source, options);
    try {
      this.parameters = new Parameters(graph, options.trained());
    } catch (ArithmeticException e) {
      throw new InvalidModelException(source, "has more trainable values than can be indexed", e);
    }
    this.inputColumns = readNames(INPUT_COLUMNS_KEY, this::inputWidth);
    this.classNames = readNames(CLASS_NAMES_KEY, this::classes);
    parameters.list().forEach(this::span);
  }

  /**
   * Reads a model file.
   *
   * @throws InvalidModelException when the file cannot be read, or is not such an ONNX model
   */
  public static ModelFile load(Path file) {
    return load(file, ModelOptions.defaults());
  }

  /**
   * Reads a model file of another tool.
   *
   * @throws InvalidModelException when the file cannot be read, or is not such an ONNX model
   */
  public static ModelFile load(Path file, ModelOptions options) {
    byte[] bytes;
    try {
      bytes = Files.readAllBytes(file);
    } catch (NoSuchFileException e) {
      throw new InvalidModelException(file.toString(), "no such file", e);
    } catch (IOException e) {
      throw new InvalidModelException(file.toString(), "cannot be read as a file", e);
    }
    Path folder = Objects.requireNonNullElse(file.toAbsolutePath().getParent(), file);
    byte[] whole = ExternalData.embed(bytes, folder, file.toString());
    return new ModelFile(whole, file.toString(), options);
  }

  /**
   * A model from the bytes of its file.
   *
   * @param bytes the file's content
   * @param source how messages name it
   * @throws InvalidModelException when it is not such an ONNX model
   */
  public static ModelFile parse(byte[] bytes, String source) {
    return parse(bytes, source, ModelOptions.defaults());
  }

  /**
   * A model of another tool from the bytes of its file.
   *
   * @throws InvalidModelException when it is not such an ONNX model
   */
  public static ModelFile parse(byte[] bytes, String source, ModelOptions options) {
    return new ModelFile(bytes.clone(), source, options);
  }

  /** The same file for another loss. */
  public ModelFile minimizing(Loss loss) {
    return new ModelFile(bytes, graph.source(), options.withLoss(loss));
  }

  /** What training minimizes, as the file was read with. */
  public Loss loss() {
    return options.loss();
  }

  /**
   * The loss that the file itself tells: the one that it was pretrained with, or cross-entropy
   * where it ends in Sigmoid, Softmax or LogSoftmax, or has several outputs.
   *
   * @return empty where its one output may be a logit or a number
   */
  public Optional<Loss> declaredLoss() {
    String declared = metadata(LOSS_KEY);
    if (declared != null) {
      try {
        return Optional.of(Loss.parse(declared));
      } catch (IllegalArgumentException e) {
        throw new InvalidModelException(graph.source(), "metadata " + LOSS_KEY, e);
      }
    }
    boolean classes = graph.link() != Graph.Link.NONE || metadata(CLASSES_KEY) != null;
    return classes || classes() > 2 ? Optional.of(Loss.crossEntropy()) : Optional.empty();
  }

  /** The same file with other tensors trained. */
  public ModelFile training(TrainableSelection selection) {
    return new ModelFile(bytes, graph.source(), options.withTrained(selection));
  }

  /**
   * Logistic regression (softmax regression for more than two classes), all parameters zero.
   *
   * @param columns input columns, in order, without duplicates
   * @param preprocessing fitted on public data, one entry per column
   * @param classes number of classes, at least 2; two classes give one sigmoid output
   */
  public static ModelFile logistic(List<String> columns, Preprocessing preprocessing, int classes) {
    return built(ModelBuilder.logistic(columns, preprocessing, Target.classes(classes)));
  }

  /** Linear regression, all parameters zero: one output, a number. */
  public static ModelFile linear(List<String> columns, Preprocessing preprocessing, Loss loss) {
    return built(ModelBuilder.logistic(columns, preprocessing, Target.number(loss)))
        .minimizing(loss);
  }

  /**
   * A multilayer perceptron. Hidden weights follow the activation's customary normal law, the last
   * layer's Glorot's, drawn from {@code seed}; biases start at zero. The same arguments give the
   * same bytes on every machine.
   *
   * @param columns input columns, in order, without duplicates
   * @param preprocessing fitted on public data, one entry per column
   * @param classes number of classes, at least 2; two classes give one sigmoid output
   * @param hidden width of each hidden layer, at least one layer
   * @param seed of the initial weights (public: it guards nothing)
   * @param activation after each hidden layer
   */
  public static ModelFile mlp(
      List<String> columns,
      Preprocessing preprocessing,
      int classes,
      List<Integer> hidden,
      long seed,
      Activation activation) {
    return built(
        ModelBuilder.mlp(
            columns, preprocessing, Target.classes(classes), hidden, seed, activation));
  }

  /** The perceptron for a number in place of classes: one output, not squashed. */
  public static ModelFile mlp(
      List<String> columns,
      Preprocessing preprocessing,
      Loss loss,
      List<Integer> hidden,
      long seed,
      Activation activation) {
    return built(
            ModelBuilder.mlp(columns, preprocessing, Target.number(loss), hidden, seed, activation))
        .minimizing(loss);
  }

  /**
   * A convolutional network for images. Weights follow Glorot's normal law, drawn from {@code
   * seed}; biases start at zero.
   *
   * @param columns the pixels, channel by channel and row by row, without duplicates
   * @param preprocessing fitted on public data, one entry per pixel
   * @param sizes of images and layers
   * @param classes number of classes, at least 2; two classes give one sigmoid output
   * @param seed of the initial weights (public: it guards nothing)
   */
  public static ModelFile cnn(
      List<String> columns,
      Preprocessing preprocessing,
      ConvolutionalShape sizes,
      int classes,
      long seed) {
    return built(ModelBuilder.cnn(columns, preprocessing, sizes, Target.classes(classes), seed));
  }

  /** The {@linkplain ConvolutionalShape#small small} one, for gray images. */
  public static ModelFile cnn(
      List<String> columns, Preprocessing preprocessing, int height, int classes, long seed) {
    return cnn(columns, preprocessing, ConvolutionalShape.small(1, height), classes, seed);
  }

  /**
   * The same file with names for its classes.
   *
   * @param names distinct, one for each class in the order of its number; empty to leave the file
   *     as it is
   */
  public ModelFile naming(List<String> names) {
    if (names.isEmpty()) {
      return this;
    }
    if (names.size() != classes() || new HashSet<>(names).size() != names.size()) {
      throw new IllegalArgumentException(
          "names must be distinct and " + classes() + " in number, were " + names);
    }
    ModelProto.Builder named = model.toBuilder();
    try {
      named.addMetadataProps(
          StringStringEntryProto.newBuilder()
              .setKey(CLASS_NAMES_KEY)
              .setValue(JSON.writeValueAsString(names)));
    } catch (JsonProcessingException e) {
      throw new AssertionError("a list of strings is always JSON", e);
    }
    return new ModelFile(named.build().toByteArray(), graph.source(), options);
  }

  /**
   * Writes the file atomically: a reader sees the old content or the new, never a part, also after
   * a crash.
   *
   * @throws IOException when the directory does not exist or cannot be written; nothing is left
   *     behind
   */
  public void save(Path file) throws IOException {
    AtomicFile.write(file, bytes);
  }

  /** The input columns in order; empty when the file does not name them. */
  public List<String> inputColumns() {
    return inputColumns;
  }

  /**
   * Number of input columns.
   *
   * @throws InvalidModelException when the file leaves it open
   */
  public int inputWidth() {
    return graph.inputWidth();
  }

  /**
   * Number of classes: 2 for one output, K for K outputs.
   *
   * @throws InvalidModelException when the file does not tell, and cannot be differentiated either
   */
  public int classes() {
    String declared = metadata(CLASSES_KEY);
    if (declared != null) {
      try {
        int classes = Integer.parseInt(declared);
        if (classes >= 2) {
          return classes;
        }
      } catch (NumberFormatException e) {
        throw new InvalidModelException(
            graph.source(), "metadata " + CLASSES_KEY + " is not a number", e);
      }
      throw new InvalidModelException(
          graph.source(), "metadata " + CLASSES_KEY + " must be at least 2");
    }
    int width = graph.declaredOutputWidth();
    if (width == 0) {
      width = parameters.linearWidth(graph.logits());
    }
    if (width == 0) {
      width = GraphCompiler.compile(graph, parameters).output().size();
    }
    return Math.max(2, width);
  }

  /** The names of the classes, by class number; empty when the file does not name them. */
  public List<String> classNames() {
    return classNames;
  }

  /** The trainable tensors, in θ's order. */
  public List<ParameterInfo> parameters() {
    return parameters.list();
  }

  /** Length of θ. */
  public int parameterCount() {
    return parameters.count();
  }

  /** θ as the file holds it. */
  public double[] parameterValues() {
    double[] theta = new double[parameters.count()];
    ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    for (ParameterInfo parameter : parameters.list()) {
      FloatPayloads.Span values = span(parameter);
      for (int i = 0; i < parameter.size(); i++) {
        theta[parameter.offset() + i] = buffer.getFloat(values.at(i));
      }
    }
    return theta;
  }

  /**
   * The same file with θ replaced, each value rounded to the nearest float32. Every byte that is
   * not one of those values stays as it was.
   *
   * @throws IllegalArgumentException when θ has another length or a value that is not a finite
   *     float32
   */
  public ModelFile withParameters(double[] theta) {
    if (theta.length != parameters.count()) {
      throw new IllegalArgumentException(
          "theta must hold " + parameters.count() + " values, held " + theta.length);
    }
    byte[] changed = bytes.clone();
    ByteBuffer buffer = ByteBuffer.wrap(changed).order(ByteOrder.LITTLE_ENDIAN);
    for (ParameterInfo parameter : parameters.list()) {
      FloatPayloads.Span values = span(parameter);
      FloatPayloads.Span opposites = opposites(parameter);
      for (int i = 0; i < parameter.size(); i++) {
        float value = (float) theta[parameter.offset() + i];
        if (!Float.isFinite(value)) {
          throw new IllegalArgumentException(
              "theta["
                  + (parameter.offset() + i)
                  + "] must be a finite float32, was "
                  + theta[parameter.offset() + i]);
        }
        buffer.putFloat(values.at(i), value);
        if (opposites != null) {
          buffer.putFloat(opposites.at(i), -value);
        }
      }
    }
    return new ModelFile(changed, graph.source(), options);
  }

  /** A copy of the file's bytes. */
  public byte[] bytes() {
    return bytes.clone();
  }

  /** SHA-256 of the file's bytes, in lower-case hexadecimal. */
  public String sha256() {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every Java platform has SHA-256", e);
    }
  }

  /** Whether the file's output is the logarithm of probabilities. */
  public boolean endsInLogProbabilities() {
    return graph.endsInLogarithm();
  }

  /** Which tensors are trained. */
  public TrainableSelection selection() {
    return options.trained();
  }

  /** Whether every trainable tensor is trained. */
  public boolean trainsAll() {
    return options.trained().kind() == TrainableSelection.Kind.ALL;
  }

  ModelOptions options() {
    return options;
  }

  ModelProto proto() {
    return model;
  }

  Graph graph() {
    return graph;
  }

  Parameters trainable() {
    return parameters;
  }

  private static ModelFile built(ModelProto model) {
    return new ModelFile(model.toByteArray(), model.getGraph().getName(), ModelOptions.defaults());
  }

  /** Where a parameter's values lie. */
  private FloatPayloads.Span span(ParameterInfo parameter) {
    LinearModels.Place place = graph.place(parameter.name());
    if (place != null) {
      return attribute(parameter, place).part(place.from(), parameter.size());
    }
    FloatPayloads.Span span = payloads.initializer(parameter.name());
    if (span == null) {
      throw new InvalidModelException(
          graph.source(),
          "the values of '"
              + parameter.name()
              + "' are not inside the file (external or unpacked data): not supported");
    }
    if (span.count() != parameter.size()) {
      throw new InvalidModelException(
          graph.source(),
          "'"
              + parameter.name()
              + "' holds "
              + span.count()
              + " values, but its shape "
              + parameter.shape()
              + " needs "
              + parameter.size());
    }
    return span;
  }

  /** Where the negatives of a parameter's values lie; null when the file does not hold them. */
  private FloatPayloads.@Nullable Span opposites(ParameterInfo parameter) {
    LinearModels.Place place = graph.place(parameter.name());
    return place == null || !place.mirrored()
        ? null
        : attribute(parameter, place).part(0, parameter.size());
  }

  private FloatPayloads.Span attribute(ParameterInfo parameter, LinearModels.Place place) {
    FloatPayloads.Span span = payloads.attribute(place.node(), place.attribute());
    if (span == null || span.count() < place.from() + parameter.size()) {
      throw new InvalidModelException(
          graph.source(),
          "the values of '" + parameter.name() + "' are not one run of floats: not supported");
    }
    return span;
  }

  private @Nullable String metadata(String key) {
    for (StringStringEntryProto entry : model.getMetadataPropsList()) {
      if (entry.getKey().equals(key)) {
        return entry.getValue();
      }
    }
    return null;
  }

  /**
   * Names from the file's metadata; none when the key is absent.
   *
   * @param count how many there have to be
   */
  private List<String> readNames(String key, IntSupplier count) {
    String json = metadata(key);
    if (json == null) {
      return List.of();
    }
    int size = count.getAsInt();
    String complaint = "metadata " + key + " must be a JSON array of " + size + " distinct names";
    List<String> names = new ArrayList<>();
    try {
      JsonNode array = JSON.readTree(json);
      for (JsonNode name : array) {
        names.add(name.isTextual() ? name.textValue() : "");
      }
    } catch (JsonProcessingException e) {
      throw new InvalidModelException(graph.source(), complaint, e);
    }
    if (names.size() != size || names.stream().distinct().count() != size) {
      throw new InvalidModelException(graph.source(), complaint);
    }
    return List.copyOf(names);
  }
}
